import { crc32, gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { batch } from '../../../test/support/log-batch.ts';
import { fetched, readFetched, values } from '../../../test/support/read-fetched.ts';

interface Values {
  readonly offset: number;
  readonly magic?: number;
  readonly attributes?: number;
  readonly value: Buffer | string | null;
}

function message({ offset, magic = 1, attributes = 0, value }: Values): Buffer {
  const content = value === null ? null : Buffer.from(value as string);
  const head = Buffer.alloc(magic === 0 ? 18 : 26);
  head.writeBigInt64BE(BigInt(offset));
  head.writeInt8(magic, 16);
  head.writeInt8(attributes, 17);
  if (magic === 1) head.writeBigInt64BE(1_400_000_000_000n, 18);
  const bytes = Buffer.concat([head, int32(-1), int32(content?.length ?? -1), content ?? Buffer.alloc(0)]);
  bytes.writeInt32BE(bytes.length - 12, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(16)), 12);
  return bytes;
}

function packed(offset: number, messages: readonly Buffer[]): Buffer {
  return message({ offset, attributes: 1, value: gzipSync(Buffer.concat(messages)) });
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

it('messages and batches of any format are read one behind the other, as in a log that was upgraded', async () => {
  const log = [
    message({ offset: 0, magic: 0, value: 'a' }),
    packed(
      3,
      ['b', 'c', 'd'].map((value, offset) => message({ offset, value })),
    ),
    message({ offset: 4, value: null }),
    batch([{ value: 'f' }], { baseOffset: 5 }),
  ];
  const { records, unread, position } = await readFetched(fetched(log));
  expect(values(records)).toEqual([[0, 'a'], [1, 'b'], [2, 'c'], [3, 'd'], [4, undefined], [5, 'f']]); // prettier-ignore
  expect([unread, position]).toEqual([[], 6]);
});

it('packed messages that a compaction left gaps in have the offset of the last one', async () => {
  const { records } = await readFetched(
    fetched(packed(9, [message({ offset: 0, value: 'a' }), message({ offset: 4, value: 'b' })])),
  );
  expect(values(records)).toEqual([[5, 'a'], [9, 'b']]); // prettier-ignore
});

it.each<[string, Buffer[]]>([
  ['a packed message within', [packed(0, [message({ offset: 0, value: 'x' })])]],
  ['offsets that go back', [message({ offset: 3, value: 'x' }), message({ offset: 1, value: 'y' })]],
  ['more than may be', [message({ offset: 0, value: Buffer.alloc(17 * 1024 * 1024) })]],
])('packed messages with %s are one entry, and reading goes on behind it', async (_what, messages) => {
  const { records, unread } = await readFetched(
    fetched([packed(4, messages), message({ offset: 5, value: 'z' })]),
  );
  expect(values(records).at(-1)).toEqual([5, 'z']);
  expect(unread).toMatchObject([{ to: 4, reason: 'undecodable_batch' }]);
});

it('a message larger than a record may be is one entry', async () => {
  const { unread } = await readFetched(fetched(message({ offset: 0, value: 'x'.repeat(2_000) })), 1_000);
  expect(unread).toMatchObject([{ from: 0, to: 0, reason: 'too_large' }]);
});
