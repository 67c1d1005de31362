import type { Dispatcher } from 'undici';
import { expect, it } from 'vitest';
import { Exchange, MAX_KEPT_BYTES, type ExchangeResult } from './exchange.ts';

const CONTROLLER = {
  abort: () => undefined,
} as Partial<Dispatcher.DispatchController> as Dispatcher.DispatchController;

/** What is kept of an answer whose body comes in these pieces. */
function bodyOf(pieces: readonly Buffer[]): Buffer {
  const results: ExchangeResult[] = [];
  const exchange = new Exchange(60_000, (result) => results.push(result));
  exchange.onResponseStart(CONTROLLER, 200, {});
  for (const piece of pieces) exchange.onResponseData(CONTROLLER, piece);
  exchange.onResponseEnd();
  const [result] = results;
  if (!result || !('answer' in result)) throw new Error('there is no answer');
  return result.answer.body;
}

it('keeps an answer that comes byte by byte in one piece, up to its limit', () => {
  const text = 'abcdefgh'.repeat(250);
  const pieces = Array.from(text, (character) => Buffer.from(character));
  expect(bodyOf(pieces).toString()).toBe(text.slice(0, MAX_KEPT_BYTES));
});

it('keeps a part of what was read at once without all of it: a thousand receivers that hung held 64 KiB each', () => {
  const read = Buffer.alloc(64 * 1024, 'x');
  const body = bodyOf([read.subarray(100, 2_100)]);
  expect(body.equals(read.subarray(0, MAX_KEPT_BYTES))).toBe(true);
  expect(body.buffer).not.toBe(read.buffer);
  expect(body.buffer.byteLength).toBe(MAX_KEPT_BYTES);
});
