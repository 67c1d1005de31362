/** Reads the command line, and the variables of the environment that the command needs. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { StartError } from '../config/start-error.ts';
import { METHODS, type Method } from '../model/webhook.ts';
import type { Environment } from './secret.ts';

export const USAGE = `Usage: npm run webhooks -- <command> [options]

  export                     writes all webhooks as a file, without secrets
  apply <file>               makes the webhooks as the file says, after it has shown the differences and asked
  import-defguard <file>     the same for what defguard answers to GET /api/v1/webhook

  --dry-run                  shows the differences and changes nothing; exit code 2 where there are any
  --yes                      does not ask
  --prune                    apply: deletes the webhooks that are not in the file
  --write-secrets            writes the secrets that the service has already, too
  --show-signing-secrets     shows the signing secrets of new webhooks, which nobody can read later
  --method <method>          import-defguard: how new webhooks are called; POST, as defguard does, unless given
  --allow-empty-token        import-defguard: imports rows whose token is empty
  --url <url>                the service; or USER_WEBHOOKS_URL; else http://127.0.0.1:3000
  --token-file <file>        holds the token; else it is that of ADMIN_TOKEN

A file named - is the standard input. Exit codes: 0 done or nothing to do, 1 something failed, 2 differences (--dry-run).
`;

const COMMANDS = ['export', 'apply', 'import-defguard'] as const;

export interface Options {
  readonly command: (typeof COMMANDS)[number];
  /** Of `apply` and `import-defguard`. */
  readonly file: string;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly prune: boolean;
  readonly writeSecrets: boolean;
  readonly showSigningSecrets: boolean;
  readonly method: Method;
  readonly allowEmptyToken: boolean;
  readonly url: string;
  readonly token: string;
}

const FLAGS = {
  'dry-run': { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
  prune: { type: 'boolean', default: false },
  'write-secrets': { type: 'boolean', default: false },
  'show-signing-secrets': { type: 'boolean', default: false },
  method: { type: 'string', default: 'POST' },
  'allow-empty-token': { type: 'boolean', default: false },
  url: { type: 'string' },
  'token-file': { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

/** @returns null where only the usage was asked for. @throws StartError */
export function readOptions(args: readonly string[], environment: Environment): Options | null {
  const { values, positionals } = parse(args);
  if (values.help) return null;
  const [given, file, ...more] = positionals;
  const command = COMMANDS.find((name) => name === given);
  if (command === undefined)
    throw usageFault(`${given ?? 'no command'} is not one of ${COMMANDS.join(', ')}`);
  if (command === 'export' && file !== undefined)
    throw usageFault('export takes no file: it writes to the standard output');
  if (command !== 'export' && file === undefined) throw usageFault(`${command} needs a file`);
  if (more.length > 0) throw usageFault(`${more.join(' ')} is one file too many`);
  if (values.prune && command !== 'apply') throw usageFault('--prune is only for apply');
  const method = METHODS.find((name) => name === values.method);
  if (!method) throw usageFault(`--method must be one of ${METHODS.join(', ')}, but is "${values.method}"`);
  return {
    command,
    file: file ?? '',
    dryRun: values['dry-run'],
    yes: values.yes,
    prune: values.prune,
    writeSecrets: values['write-secrets'],
    showSigningSecrets: values['show-signing-secrets'],
    method,
    allowEmptyToken: values['allow-empty-token'],
    url: urlOf(values.url, environment),
    token: tokenOf(values['token-file'], environment, command === 'export' || values['dry-run']),
  };
}

function parse(
  args: readonly string[],
): ReturnType<typeof parseArgs<{ options: typeof FLAGS; allowPositionals: true }>> {
  try {
    return parseArgs({ args: [...args], options: FLAGS, allowPositionals: true });
  } catch (error) {
    throw usageFault(error instanceof Error ? error.message : String(error));
  }
}

function usageFault(message: string): StartError {
  return new StartError(`${message}\n\n${USAGE}`);
}

function urlOf(given: string | undefined, environment: Environment): string {
  const text =
    given ??
    set(environment['USER_WEBHOOKS_URL']) ??
    `http://127.0.0.1:${set(environment['PORT']) ?? '3000'}`;
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol) && url.username === '' && url.search === '' && url.hash === '')
    return text;
  throw new StartError(
    'The URL of the service (--url or USER_WEBHOOKS_URL) must be http:// or https://, without user, query and fragment',
  );
}

/** @param reads whether a viewer may do it. */
function tokenOf(file: string | undefined, environment: Environment, reads: boolean): string {
  const viewer = reads ? set(environment['VIEWER_TOKEN']) : undefined;
  const token = file === undefined ? (set(environment['ADMIN_TOKEN']) ?? viewer) : readText(file).trim();
  if (token !== undefined && /^[!-~]+$/.test(token)) return token;
  if (token !== undefined) throw new StartError('The token must be visible ASCII characters without spaces');
  throw new StartError(
    'A token is needed: put one of the service into ADMIN_TOKEN, or name its file with --token-file',
  );
}

function set(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

/** `-` is the standard input. @throws StartError */
export function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new StartError(`The file ${file} cannot be read (${code})`, { cause: error });
  }
}
