/** Produces batches byte for byte, as no client library would: what a broker lets through is in the log then. */
import { createRequire } from 'node:module';
import type { Kafka } from 'kafkajs';
import { createCluster } from '../../src/kafka/cluster.ts';

interface Encoder {
  writeInt16(value: number): Encoder;
  writeInt32(value: number): Encoder;
  writeString(value: string | null): Encoder;
  writeBytes(value: Buffer): Encoder;
}

interface Decoder {
  readInt16(): number;
  readInt32(): number;
  readInt64(): { toString(): string };
  readString(): string;
}

/** For a moment, the broker does not know of a topic that was just made. */
const NOT_LEADER = 6;
const PRODUCE = { apiKey: 0, apiVersion: 7, apiName: 'Produce' };
const require = createRequire(import.meta.url);
const ProtocolEncoder = require('kafkajs/src/protocol/encoder') as new () => Encoder;
const ProtocolDecoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => Decoder;

/** @returns the offset of the first record. @throws what the broker says where it does not take it. */
export async function produceRaw(
  kafka: Kafka,
  { topic, partition }: { topic: string; partition: number },
  records: Buffer,
): Promise<number> {
  const cluster = createCluster(kafka);
  await cluster.connect();
  try {
    await cluster.addTargetTopic(topic);
    const [nodeId = ''] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
    const broker = await cluster.findBroker({ nodeId });
    const request = new ProtocolEncoder().writeString(null).writeInt16(-1).writeInt32(30_000);
    request.writeInt32(1).writeString(topic).writeInt32(1).writeInt32(partition).writeBytes(records);
    for (;;) {
      const { code, offset } = await broker.connectionPool.send({
        request: { ...PRODUCE, encode: () => Promise.resolve(request) },
        response: {
          decode: (bytes: Buffer) => Promise.resolve(readAnswer(new ProtocolDecoder(bytes))),
          parse: (answer: Answer) => Promise.resolve(answer),
        },
      });
      if (code === 0) return Number(offset);
      if (code !== NOT_LEADER) throw new Error(`the broker answers ${code}`);
    }
  } finally {
    await cluster.disconnect();
  }
}

interface Answer {
  readonly code: number;
  readonly offset: string;
}

function readAnswer(decoder: Decoder): Answer {
  decoder.readInt32(); // one topic
  decoder.readString();
  decoder.readInt32(); // one partition
  decoder.readInt32();
  const code = decoder.readInt16();
  return { code, offset: decoder.readInt64().toString() };
}
