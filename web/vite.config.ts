/**
 * Builds the admin page into `dist/web`, beside the service that serves it (`src/page/`). The names of assets change with
 * their content, so they may be kept for ever. Each is compressed here, once, and not with every answer.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const OUT_DIR = join(import.meta.dirname, '..', 'dist', 'web');
/** A service that runs, for `npm run web:dev`. */
const SERVICE = process.env.SERVICE_URL ?? 'http://127.0.0.1:3000';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), compressed()],
  /** `src/page/page-files.ts` puts the nonce of the answer in its place. */
  html: { cspNonce: '__NONCE__' },
  build: {
    outDir: OUT_DIR,
    emptyOutDir: true,
    target: 'es2023',
    // A policy that forbids data: URLs for fonts and scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // What is needed at once is in one file: a file for each would not compress well, and a browser takes time for each.
    rolldownOptions: {
      output: {
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [
            { name: 'page', tags: ['$initial'] },
            {
              name: 'first',
              test: /web\/src\/(.*search\.ts$|pieces\/(triggers|trigger-filter|filter-select|text-filter|more-button|nothing-found|view-header|waiting-count|state-badge|change-button|webhook-status|failing-since|behind|catch-up|disabled-reason)\.)/,
            },
          ],
        },
      },
    },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1_000,
  },
  server: { proxy: { '/api': SERVICE } },
});

function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    closeBundle() {
      const assets = join(OUT_DIR, 'assets');
      for (const name of readdirSync(assets).filter((file) => /\.(js|css|svg)$/.test(file))) {
        const path = join(assets, name);
        const bytes = readFileSync(path);
        writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
        const quality = { [constants.BROTLI_PARAM_QUALITY]: 9 };
        writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: quality }));
      }
    },
  };
}
