/** `npm run docs:client`: writes the admin page's client of the REST API, from `docs/openapi.json`. */
import { join } from 'node:path';
import { writePageClient } from './page-client.ts';

await writePageClient(join(import.meta.dirname, '..', 'web', 'src', 'api', 'generated'));
