/** Makes the admin page's client of the REST API. A contract test compares what is committed with what this makes. */
import { join } from 'node:path';
import { createClient } from '@hey-api/openapi-ts';

const OPENAPI = join(import.meta.dirname, '..', 'docs', 'openapi.json');

/** @param path a directory, which is replaced. */
export async function writePageClient(path: string): Promise<void> {
  await createClient({
    input: OPENAPI,
    output: { path, clean: true, module: { extension: null } },
    plugins: ['@hey-api/client-fetch', '@hey-api/typescript', '@hey-api/sdk', '@tanstack/react-query'],
    logs: { level: 'silent', file: false },
  });
}
