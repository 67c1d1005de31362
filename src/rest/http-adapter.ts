/**
 * Fastify, set up for this service. It accepts bodies of JSON and JSON merge patch only. They must be of limited size and
 * well formed, name no member twice, and set nothing on a prototype.
 *
 * Every request gets an id of ours, and every answer has the security headers. A client address in `X-Forwarded-For` is
 * believed only if a trusted proxy wrote it.
 */
import { randomUUID } from 'node:crypto';
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { ConnectionError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { clientAddress } from './client-address.ts';
import { ConnectionLimit } from './connection-limit.ts';
import { PROBLEM_JSON, Problem, problemAnswer } from './problem.ts';
import { jsonFault } from './json-fault.ts';
import { RouteTable } from './route-table.ts';
import { securityHeaders } from './security-headers.ts';

const BODY_LIMIT = 256 * 1024;
/** From the first byte of a request to its last. By default Fastify waits for ever. */
const RECEIVE_TIMEOUT_MS = 30_000;
/** To the end of its head, or from when a connection is made. By default Node waits a minute. */
const HEAD_TIMEOUT_MS = 10_000;
/** How often Node looks for what is too late. By default it looks every 30 seconds. */
const LATE_CHECK_INTERVAL_MS = 1_000;
/** Without a byte either way, as of a client that does not read its answer. A test send may take five minutes. */
const SILENT_AT_MOST_MS = 330_000;
/** Longer than any request line that Node accepts. So an id that is too long is simply unknown (404). */
const MAX_PARAM_LENGTH = 64 * 1024;
/** What requests under way have when the server closes; some wait for a database that does not answer. */
const CLOSE_WITHIN_MS = 2_000;
const MERGE_PATCH = 'application/merge-patch+json';

type Done = (error: Error | null, body?: unknown) => void;

export class HttpAdapter extends FastifyAdapter {
  readonly routes = new RouteTable();

  /**
   * @param trustedProxies in CIDR form.
   * @param maxConnections that may be open at once.
   */
  constructor(trustedProxies: readonly string[], maxConnections: number) {
    super({
      trustProxy: trustedProxies.length > 0 && [...trustedProxies],
      bodyLimit: BODY_LIMIT,
      requestTimeout: RECEIVE_TIMEOUT_MS,
      connectionTimeout: SILENT_AT_MOST_MS,
      http: { headersTimeout: HEAD_TIMEOUT_MS, connectionsCheckingInterval: LATE_CHECK_INTERVAL_MS },
      routerOptions: { maxParamLength: MAX_PARAM_LENGTH, caseSensitive: true },
      onProtoPoisoning: 'error',
      onConstructorPoisoning: 'error',
      requestIdHeader: false,
      frameworkErrors: refuseUrl,
      clientErrorHandler: refuseRequest,
      genReqId: () => randomUUID(),
    });
    const fastify: FastifyInstance = this.getInstance();
    new ConnectionLimit(fastify.server, maxConnections);
    fastify.addHook('onRoute', ({ url, method }) => {
      this.routes.add(url, method);
    });
    fastify.addHook('onRequest', (request, reply, done) => {
      // The logger reads both ids from the raw request.
      const callerRequestId = harmlessId(request.headers['x-request-id']);
      Object.assign(request.raw, { id: request.id, callerRequestId });
      void reply.headers({ 'X-Request-Id': request.id, ...securityHeaders(request.url) });
      removePorts(request.raw);
      // Some clients send a content type with an empty body, for example that of a form.
      if (request.headers['content-length'] === '0') delete request.headers['content-type'];
      done();
    });
    fastify.removeAllContentTypeParsers();
    const parse = jsonParser(fastify);
    fastify.addContentTypeParser(['application/json', MERGE_PATCH], { parseAs: 'buffer' }, parse);
  }

  override async close(): Promise<void> {
    const timer = setTimeout(() => {
      this.getHttpServer().closeAllConnections();
    }, CLOSE_WITHIN_MS);
    await super.close();
    clearTimeout(timer);
  }

  /** Nest would add parsers of its own, for forms too. */
  override registerParserMiddleware(): void {
    // The constructor has added the only parser.
  }
}

/** Fastify would not recognise a trusted proxy whose address is followed by a port. */
function removePorts({ headers }: IncomingMessage): void {
  const name = 'x-forwarded-for';
  const chain = headers[name];
  if (typeof chain !== 'string') return;
  headers[name] = chain
    .split(',')
    .map((address) => clientAddress(address.trim()))
    .join(', ');
}

function jsonParser(fastify: FastifyInstance) {
  const parseJson = fastify.getDefaultJsonParser('error', 'error');
  return (request: FastifyRequest, body: Buffer, done: Done): void => {
    const mergePatch = request.headers['content-type']?.trim().toLowerCase().startsWith(MERGE_PATCH);
    if (mergePatch && request.method !== 'PATCH') {
      done(new Problem('unsupported_media_type', `${MERGE_PATCH} is for PATCH; send application/json`));
    } else if (!isUtf8(body)) {
      done(new Problem('malformed_request', 'The body is not UTF-8 text'));
    } else if (body.length === 0) {
      // Clients send the content type with a DELETE too. A route that needs a body refuses `undefined` itself.
      done(null, undefined);
    } else {
      const text = body.toString();
      void parseJson(request, text, (error: Error | null, parsed?: unknown) => {
        const fault = error ? null : jsonFault(text);
        if (error) done(new Problem('malformed_request', NOT_JSON));
        else if (fault === null) done(null, parsed);
        else done(new Problem('malformed_request', `The body ${fault}`));
      });
    }
  };
}

const NOT_JSON =
  'The body is not valid JSON, or it has a member named __proto__, which this service does not accept';

/** Answers for the router, which refuses a path that it cannot decode before any hook or filter runs. */
function refuseUrl(_error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const problem = new Problem(
    'malformed_request',
    'The path has a % that is not followed by two hex digits of UTF-8',
  );
  void reply
    .status(400)
    .headers({ 'Content-Type': PROBLEM_JSON, 'X-Request-Id': request.id, ...securityHeaders(request.url) })
    .send(problemAnswer(problem, request.id));
}

/** Answers for Node, which refuses input that is not valid HTTP before there is a request. */
function refuseRequest(error: ConnectionError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return;
  const problem = new Problem(
    'malformed_request',
    'This is not an HTTP request, or its head is too large or too slow',
  );
  const body = JSON.stringify(problemAnswer(problem, randomUUID()));
  const headers = {
    'Content-Type': PROBLEM_JSON,
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
    ...securityHeaders(''),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 400 Bad Request\r\n${lines.join('')}\r\n${body}`);
}

/** The caller's own request id, for the log only. Undefined if it may not be safe to print. */
function harmlessId(given: string | string[] | undefined): string | undefined {
  return typeof given === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(given) ? given : undefined;
}
