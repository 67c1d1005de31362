/**
 * Receivers that do what no receiver should, by name: what each sends once a request has come, and what is to become of
 * the attempt. Those of `FLOODS` never end by themselves.
 */
import type { Socket } from 'node:net';
import type { ErrorCode } from '../../src/model/attempt.ts';
import type { Behaviour } from './raw-receiver.ts';

export interface Hostile {
  readonly behave: Behaviour;
  /** Null: the attempt is delivered all the same. */
  readonly errorCode: ErrorCode | null;
}

const OK = 'HTTP/1.1 200 OK\r\n';

const sending =
  (text: string): Behaviour =>
  (socket) =>
    void socket.write(Buffer.from(text, 'latin1'));

/** Sends the beginning, then the same again and again, as fast as it is taken. */
const pouring =
  (beginning: string, again: string): Behaviour =>
  (socket) => {
    const chunk = again.repeat(Math.ceil(4_096 / again.length));
    const pour = (): void => {
      while (!socket.destroyed && socket.write(chunk));
      if (!socket.destroyed) socket.once('drain', pour);
    };
    socket.write(beginning);
    pour();
  };

/** Sends the beginning, then a little every now and then, for ever. */
const trickling =
  (beginning: string, again: string): Behaviour =>
  (socket) => {
    socket.write(beginning);
    const timer = setInterval(() => socket.write(again), 50);
    socket.once('close', () => {
      clearInterval(timer);
    });
  };

export const NEVER_ANSWERING: Record<string, Hostile> = {
  'says nothing': { behave: () => undefined, errorCode: 'timeout' },
  'stops within the headers': { behave: sending(`${OK}x-a: b\r\n`), errorCode: 'timeout' },
  'stops within the body': { behave: sending(`${OK}content-length: 10\r\n\r\nhalf`), errorCode: 'timeout' },
  'trickles a status line': { behave: trickling('HTTP/1.1 200 ', 'O'), errorCode: 'timeout' },
  'trickles headers': { behave: trickling(OK, 'x: y\r\n'), errorCode: 'timeout' },
  'trickles a body': { behave: trickling(`${OK}\r\n`, 'a'), errorCode: 'timeout' },
  'trickles chunks': {
    behave: trickling(`${OK}transfer-encoding: chunked\r\n\r\n`, '1\r\na\r\n'),
    errorCode: 'timeout',
  },
  'trickles informational answers': {
    behave: trickling('', 'HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n'),
    errorCode: 'timeout',
  },
  'closes its half and says nothing more': {
    behave: (socket) => socket.write(`${OK}content-length: 10\r\n\r\nhalf`) && socket.end(),
    errorCode: 'connection_reset',
  },
};

export const FLOODS: Record<string, Hostile> = {
  'a body without end': { behave: pouring(`${OK}\r\n`, 'a'), errorCode: null },
  'chunks of one byte without end': {
    behave: pouring(`${OK}transfer-encoding: chunked\r\n\r\n`, '1\r\na\r\n'),
    errorCode: null,
  },
  'zeros that unpack to much more': {
    behave: pouring(`${OK}content-encoding: gzip\r\n\r\n`, '\x1f\x8b\x08\0\0\0\0\0\0\x03'),
    errorCode: null,
  },
  'a status line without end': { behave: pouring('HTTP/1.1 200 ', 'O'), errorCode: 'invalid_response' },
  'one header without end': { behave: pouring(`${OK}x: `, 'y'), errorCode: 'invalid_response' },
  'headers without end': { behave: pouring(OK, 'x: y\r\n'), errorCode: 'invalid_response' },
  'headers without values': { behave: pouring(OK, 'x:\r\n'), errorCode: 'invalid_response' },
  'informational answers without end': {
    behave: pouring('', 'HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n'),
    errorCode: 'invalid_response',
  },
  'a chunk extension without end': {
    behave: pouring(`${OK}transfer-encoding: chunked\r\n\r\n1;`, 'x'),
    errorCode: 'invalid_response',
  },
  'a chunk size without end': {
    behave: pouring(`${OK}transfer-encoding: chunked\r\n\r\n`, '0'),
    errorCode: 'invalid_response',
  },
  'trailers without end': {
    behave: pouring(`${OK}transfer-encoding: chunked\r\n\r\n0\r\n`, 'x: y\r\n'),
    errorCode: 'invalid_response',
  },
  'empty lines without end': { behave: pouring('', '\r\n'), errorCode: 'invalid_response' },
};

export const MALFORMED: Record<string, Hostile> = {
  'no HTTP': { behave: sending('\x16\x03\x01\0\xa5\x01\0\0garbage\r\n\r\n'), errorCode: 'invalid_response' },
  'HTTP/2': { behave: sending('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), errorCode: 'invalid_response' },
  'HTTP/0.9': { behave: sending('<html>hello</html>'), errorCode: 'invalid_response' },
  'a status of four digits': { behave: sending('HTTP/1.1 2000 OK\r\n\r\n'), errorCode: 'invalid_response' },
  'a status of zeros': { behave: sending('HTTP/1.1 000 OK\r\n\r\n'), errorCode: 'invalid_response' },
  'a status below 100': { behave: sending('HTTP/1.1 099 OK\r\n\r\n'), errorCode: 'invalid_response' },
  'two lengths': {
    behave: sending(`${OK}content-length: 2\r\ncontent-length: 3\r\n\r\nabc`),
    errorCode: 'invalid_response',
  },
  'a length and chunks': {
    behave: sending(`${OK}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`),
    errorCode: 'invalid_response',
  },
  'a length that is no number': {
    behave: sending(`${OK}content-length: -1\r\n\r\n`),
    errorCode: 'invalid_response',
  },
  'a length beyond all numbers': {
    behave: sending(`${OK}content-length: 99999999999999999999999\r\n\r\n`),
    errorCode: 'invalid_response',
  },
  'a chunk size that is no number': {
    behave: sending(`${OK}transfer-encoding: chunked\r\n\r\nzz\r\n`),
    errorCode: 'invalid_response',
  },
  'a header with NUL': { behave: sending(`${OK}x: a\0b\r\n\r\n`), errorCode: 'invalid_response' },
  'a header name with a space': { behave: sending(`${OK}x y: z\r\n\r\n`), errorCode: 'invalid_response' },
  'a switch to another protocol': {
    behave: sending('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'),
    errorCode: 'connection_reset',
  },
  'another answer that nobody asked for': {
    behave: sending(`${OK}content-length: 2\r\n\r\nokHTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n`),
    errorCode: null,
  },
  'a reset': { behave: (socket: Socket) => socket.resetAndDestroy(), errorCode: 'connection_reset' },
};
