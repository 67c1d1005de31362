/** The version of this build, read from package.json. It is used in `User-Agent`, OpenAPI and the first log line. */
import { readFileSync } from 'node:fs';

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

export const VERSION = manifest.version;
