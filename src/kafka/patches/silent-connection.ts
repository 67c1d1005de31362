/**
 * Ends a kafkajs connection on which a request is not answered in time, as if the broker had closed it. Then kafkajs
 * connects again, asks for the metadata, and sends again.
 *
 * kafkajs 2.2.4 only rejects the request after half a minute, and sends all later requests on the same connection. If a
 * firewall has dropped the connection, or the host is gone, it uses it for ever. Only complete silence counts: a long answer
 * over a slow line does not. Time in which this process stood still is not counted, nor are jumps of the wall clock.
 */
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';

interface Errors {
  readonly KafkaJSConnectionError: new (message: string, of: { broker: string }) => Error;
  readonly KafkaJSConnectionClosedError: new (message: string, of: { host: string; port: number }) => Error;
}

interface Request {
  readonly entry: { readonly apiKey: number; readonly apiName: string };
  readonly requestTimeout: number;
}

interface Connection {
  readonly host: string;
  readonly port: number;
  readonly connectionTimeout: number;
  readonly socket?: Socket;
  connectionStatus: string;
  readonly requestQueue: {
    readonly inflight: ReadonlyMap<number, Request>;
    requestTimeoutIntervalId?: NodeJS.Timeout;
    scheduleRequestTimeoutCheck(): void;
    destroy(): void;
  };
  isConnected(): boolean;
  connect(): Promise<true>;
  logError(message: string): void;
  rejectRequests(error: Error): void;
}

const LOOK_EVERY_MS = 100;
/** At most so much of the time between two looks counts. For the rest this process itself stood still. */
const COUNTED_MS = 2 * LOOK_EVERY_MS;

/** The broker answers these only after others, such as replicas or members. Their timeout of kafkajs allows for that. */
const WAITS_FOR_OTHERS = new Set([0, 11, 14, 19]); // Produce, JoinGroup, SyncGroup, CreateTopics
/** These set up a connection. Before they are answered it cannot be used. */
const SETS_UP = new Set([17, 18, 36]); // SaslHandshake, ApiVersions, SaslAuthenticate

const require = createRequire(import.meta.url);
let done = false;

/** Changes kafkajs for the whole process; only the first call does something. */
export function endSilentConnections(): void {
  if (done) return;
  done = true;
  const { prototype } = require('kafkajs/src/network/connection') as { prototype: Connection };
  // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called with the connection as `this`
  const { connect } = prototype;
  prototype.connect = function (this: Connection): Promise<true> {
    this.requestQueue.scheduleRequestTimeoutCheck = () => {
      watch(this);
    };
    return connect.call(this);
  };
}

/** Replaces kafkajs' own check of requests under way. It ends with the connection. */
function watch(connection: Connection): void {
  const { requestQueue } = connection;
  requestQueue.destroy();
  const waitedMs = new WeakMap<Request, number>();
  let lookedAt = performance.now();
  let received = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    const passedMs = Math.min(now - lookedAt, COUNTED_MS);
    lookedAt = now;
    const bytes = connection.socket?.bytesRead ?? 0;
    const isSilent = bytes === received;
    received = bytes;
    for (const request of requestQueue.inflight.values()) {
      const ms = isSilent ? (waitedMs.get(request) ?? 0) + passedMs : 0;
      waitedMs.set(request, ms);
      if (ms <= patience(connection, request)) continue;
      end(connection, request, ms);
      return;
    }
    if (!connection.isConnected()) clearInterval(timer);
  }, LOOK_EVERY_MS);
  requestQueue.requestTimeoutIntervalId = timer;
}

function patience({ connectionTimeout }: Connection, { entry, requestTimeout }: Request): number {
  return WAITS_FOR_OTHERS.has(entry.apiKey) ? requestTimeout : connectionTimeout;
}

function end(connection: Connection, { entry }: Request, ms: number): void {
  const { KafkaJSConnectionError, KafkaJSConnectionClosedError } = require('kafkajs/src/errors') as Errors;
  const { host, port } = connection;
  const message = `${entry.apiName} was not answered within ${Math.round(ms)} ms`;
  // With the first error kafkajs tries another broker. With the second it connects to this broker again.
  const error = SETS_UP.has(entry.apiKey)
    ? new KafkaJSConnectionError(message, { broker: `${host}:${port}` })
    : new KafkaJSConnectionClosedError(message, { host, port });
  connection.logError(`${message}; the connection is ended`);
  connection.requestQueue.destroy();
  connection.connectionStatus = 'disconnected';
  connection.socket?.destroy();
  connection.rejectRequests(error);
}
