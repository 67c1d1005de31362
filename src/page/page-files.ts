/**
 * The built admin page, as `npm run build` lays it into `dist/web`: one HTML file, the shell, and assets whose names change
 * with what is in them. The shell is read once and stays in memory. Each answer gets a nonce of its own, which the page's
 * styles carry.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StartError } from '../config/start-error.ts';

/** What the build writes where the nonce belongs (`web/vite.config.ts`). */
const NONCE_PLACE = '__NONCE__';
const NONCE_BYTES = 18;

export interface Shell {
  readonly html: string;
  readonly nonce: string;
}

export class PageFiles {
  readonly assetsDir: string;
  readonly #shell: string;

  /** @throws StartError when the page is not built. */
  constructor(directory = fileURLToPath(new URL('../web', import.meta.url))) {
    const path = join(directory, 'index.html');
    if (!existsSync(path)) throw new StartError(`The admin page ${path} is missing: run "npm run build"`);
    this.#shell = readFileSync(path, 'utf8');
    this.assetsDir = join(directory, 'assets');
  }

  shell(): Shell {
    const nonce = randomBytes(NONCE_BYTES).toString('base64');
    return { html: this.#shell.replaceAll(NONCE_PLACE, nonce), nonce };
  }
}
