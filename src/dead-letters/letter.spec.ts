import { expect, it } from 'vitest';
import { logRecord } from '../../test/support/log-record.ts';
import { contentOf, letterOf, producersHeaders } from './letter.ts';
import { fromPlaceCursor, PLACE_CURSOR_PATTERN, toPlaceCursor } from './place-cursor.ts';

const OWN = {
  'dlq.topic': 'user-events',
  'dlq.partition': '3',
  'dlq.offset': '17',
  'dlq.reason': 'invalid_json',
  'dlq.message': 'no JSON',
  'dlq.timestamp': '2026-11-24T09:30:00.829Z',
};

it('tells what the service wrote from what the producer did, also of a dead letter of a dead letter', () => {
  const record = logRecord({
    value: 'nope',
    headers: [
      ['dlq.reason', 'of a producer'],
      ['x-a', '1'],
      ['original.dlq.reason', 'empty'],
      ['original.original.dlq.reason', 'empty'],
      ['x-a', null],
      ...Object.entries(OWN),
    ],
  });
  expect(letterOf(record)).toMatchObject({
    reason: 'invalid_json',
    message: 'no JSON',
    source: { topic: 'user-events', partition: 3, offset: '17' },
    sourceTime: OWN['dlq.timestamp'],
    omitted: { key: 0, value: 0, headers: 0 },
  });
  expect([...producersHeaders(record.headers)]).toEqual([
    ['x-a', Buffer.from('1')],
    ['x-a', null],
  ]);
});

it.each([{}, { 'dlq.reason': 'constructor' }, { 'dlq.topic': 't', 'dlq.partition': 'x', 'dlq.offset': '1' }])(
  'a record that is none of ours is shown all the same: %j',
  (headers) => {
    expect(letterOf(logRecord({ headers }))).toMatchObject({ reason: null, source: null });
  },
);

it.each([
  [null, 4, null],
  [Buffer.from('abcdef'), 4, { text: 'abcd' }],
  [Buffer.from('abcäöü'), 4, { text: 'abc' }],
  [Buffer.from('ab😀'), 5, { text: 'ab' }],
  [Buffer.from('ab😀'), 6, { text: 'ab😀' }],
  [Buffer.from([0xff, 0xfe, 0xfd, 0xfc, 0xfb]), 3, { base64: '//79' }],
  [Buffer.alloc(0), 4, { text: '' }],
])('shows %j in %i bytes as %j', (bytes, atMost, content) => {
  expect(contentOf(bytes, atMost)).toEqual(content);
});

it('a cursor is what it was made of, and anything else is none', () => {
  const rest = new Map([
    [0, 12],
    [7, 1_234_567_890_123],
  ]);
  const cursor = toPlaceCursor(rest) ?? '';
  expect(cursor).toMatch(PLACE_CURSOR_PATTERN);
  expect(fromPlaceCursor(cursor)).toEqual(rest);
  expect(toPlaceCursor(new Map())).toBeNull();
  for (const text of ['x', 'W10', 'bnVsbA', Buffer.from('[[0,-1]]').toString('base64url')])
    expect([text, fromPlaceCursor(text)]).toEqual([text, null]);
});
