/**
 * Decides what a log line contains. The log is written by pino, one JSON object per line.
 *
 * The line of a request has its id, the caller's own id, method, path and status. Headers are never logged, because they
 * hold tokens.
 */
import { unescape } from 'node:querystring';
import type { DynamicModule } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import type { LogFn, Logger } from 'pino';
import type { LoggingSettings } from './logging.settings.ts';

/** pino's number of the level. */
const INFO = 30;

interface LoggedRequest {
  readonly id: unknown;
  readonly method: string;
  readonly url: string;
  /** Node's own request object. */
  readonly raw?: { readonly callerRequestId?: string };
}

interface RequestLine {
  readonly id: unknown;
  /** What the caller sent as `X-Request-Id`. */
  readonly callerRequestId?: string;
  readonly method: string;
  readonly url: string;
}

interface LoggedReply {
  statusCode: number;
}

/**
 * Name, message, stack and code of an error. Its other properties are left out: an error of the database holds the
 * parameters of its statement, and so users and secrets.
 */
function plainError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, stack } = error;
  return { type: name, message, stack, ...('code' in error ? { code: error.code } : {}) };
}

/** A middleware sees a shortened path in `url`. The whole path is in `originalUrl`. */
function isProbe(request: { readonly url?: string | undefined; readonly originalUrl?: string }): boolean {
  return /^\/(?:health\/|metrics$)/.test(request.originalUrl ?? request.url ?? '');
}

/**
 * What webhooks are searched for may be a part of a URL, and that a secret; `return_to` has it too. A code of the issuer
 * with its state lets somebody in.
 */
const SECRET_PARAMETERS: ReadonlySet<string> = new Set(['search', 'return_to', 'code', 'state']);

/** A name counts as it is read: `sear%63h` is `search`. */
function withoutSecrets(url: string): string {
  const queryFrom = url.indexOf('?') + 1;
  if (queryFrom === 0) return url;
  const pairs = url.slice(queryFrom).split('&');
  return url.slice(0, queryFrom) + pairs.map(maskedPair).join('&');
}

function maskedPair(pair: string): string {
  const equals = pair.indexOf('=');
  if (equals < 0) return pair;
  return SECRET_PARAMETERS.has(unescape(pair.slice(0, equals))) ? `${pair.slice(0, equals)}=***` : pair;
}

/** Nest tells of every module and route that it makes; that is for those who look for a fault in them. */
const OF_NEST = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestMicroservice',
]);

function logMethod(this: Logger, args: Parameters<LogFn>, method: LogFn, level: number): void {
  const [first] = args as unknown[];
  const context = typeof first === 'object' && first !== null && 'context' in first ? first.context : null;
  if (level === INFO && typeof context === 'string' && OF_NEST.has(context)) this.debug(...args);
  else method.apply(this, args);
}

/** What of a request, its answer and an error is written. */
export const serializers = {
  req: ({ id, method, url, raw }: LoggedRequest): RequestLine => ({
    id,
    ...(raw?.callerRequestId !== undefined && { callerRequestId: raw.callerRequestId }),
    method,
    url: withoutSecrets(url),
  }),
  err: plainError,
  res: ({ statusCode }: LoggedReply): LoggedReply => ({ statusCode }),
};

export function logging(settings: LoggingSettings): DynamicModule {
  return LoggerModule.forRoot({
    pinoHttp: {
      level: settings.LOG_LEVEL,
      autoLogging: { ignore: isProbe },
      quietReqLogger: true,
      serializers,
      hooks: { logMethod },
    },
  });
}
