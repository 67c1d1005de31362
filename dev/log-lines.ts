/**
 * The service's log for people: one short line for each thing that happened. Errors are named; their stacks are in the
 * service's own log, which is JSON, as in production.
 */
import pretty from 'pino-pretty';
import type { PrettyStream } from 'pino-pretty';

type Line = Readonly<Record<string, unknown>>;

/** Said otherwise, or of no use to anybody who reads along. */
const LEFT_OUT = new Set([
  ...['level', 'time', 'pid', 'hostname', 'context', 'msg', 'err', 'req', 'res'],
  // All of them at once fill the screen.
  'settings',
]);

export function logLines(): PrettyStream {
  return pretty({
    destination: 1,
    sync: true,
    colorize: true,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname',
    hideObject: true,
    messageFormat: (line) => forPeople(line),
  });
}

/** What happened, then what is known of it. */
export function forPeople(line: Line): string {
  if (line['outcome'] !== undefined && line['delivery_id'] !== undefined) return ofAttempt(line);
  if (line['req'] !== undefined) return ofRequest(line);
  const details = Object.entries(line).flatMap(([name, value]) =>
    LEFT_OUT.has(name) || value === undefined || value === null ? [] : `${name}=${asText(value)}`,
  );
  return [textOf(line['msg']), ...ofError(line['err']), ...details].join('  ');
}

function ofAttempt(line: Line): string {
  const what = `${textOf(line['event_type'])} to ${textOf(line['method'])} ${textOf(line['webhook_url'])}`;
  const how = line['error_code'] ?? line['status_code'] ?? '';
  const why = line['error_message'] === null ? '' : ` (${textOf(line['error_message'])})`;
  const next = line['next_attempt_at'];
  const then =
    next !== null && next !== undefined
      ? `, next attempt at ${textOf(next)}`
      : line['outcome'] === 'exhausted'
        ? ', given up'
        : '';
  const id = `delivery ${textOf(line['delivery_id'])}`;
  return `${what}: ${textOf(line['outcome'])}, ${textOf(how)}${why} after ${textOf(line['duration_ms'])} ms, attempt ${textOf(line['attempt'])}${then}  ${id}`;
}

function ofRequest(line: Line): string {
  const { method, url } = line['req'] as { method?: unknown; url?: unknown };
  const { statusCode } = (line['res'] ?? {}) as { statusCode?: unknown };
  return [`${textOf(method)} ${textOf(url)}: ${textOf(statusCode)}`, ...ofError(line['err'])].join('  ');
}

function ofError(error: unknown): string[] {
  if (typeof error !== 'object' || error === null) return [];
  const { message } = error as { message?: unknown };
  return [`(${textOf(message)})`];
}

/** No JSON: lists as `1,2`, and members as `(name=value …)`. */
function asText(value: unknown): string {
  if (Array.isArray(value)) return value.map(asText).join(',');
  if (typeof value !== 'object' || value === null) return textOf(value);
  return `(${Object.entries(value)
    .map(([name, member]) => `${name}=${asText(member)}`)
    .join(' ')})`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : '';
}
