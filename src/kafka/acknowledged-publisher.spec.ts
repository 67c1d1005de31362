import { Logger } from '@nestjs/common';
import {
  KafkaJSError,
  KafkaJSNonRetriableError,
  type Message,
  type ProducerRecord,
  type RecordMetadata,
} from 'kafkajs';
import { describe, expect, it, vi } from 'vitest';
import { Metrics } from '../metrics/metrics.ts';
import { AcknowledgedPublisher } from './acknowledged-publisher.ts';
import type { OutgoingRecord } from './outgoing-record.ts';
import { RecordHeaders } from './record-headers.ts';

/** A broker that answers as the test says: each send takes the next answer, by default an acknowledgement. */
class Broker {
  readonly log: Message[] = [];
  readonly lots: number[] = [];
  overlapping = 0;
  #inFlight = 0;

  constructor(private readonly answers: ((messages: Message[]) => void)[] = []) {}

  readonly producer = {
    send: async ({ messages }: ProducerRecord): Promise<RecordMetadata[]> => {
      this.#inFlight += 1;
      this.overlapping = Math.max(this.overlapping, this.#inFlight);
      await new Promise((resolve) => setImmediate(resolve));
      this.#inFlight -= 1;
      this.answers.shift()?.(messages);
      this.lots.push(messages.length);
      this.log.push(...messages);
      return [];
    },
  };
}

function errorOf(type: string): KafkaJSError {
  return Object.assign(new KafkaJSError('says anything'), { type });
}

function tooLarge(): never {
  throw errorOf('MESSAGE_TOO_LARGE');
}

function record(value: string, acknowledged: () => void = () => undefined): OutgoingRecord {
  return { key: 'k', value, headers: {}, acknowledged };
}

function publisherTo(broker: Broker): AcknowledgedPublisher {
  const shrink = (one: OutgoingRecord): OutgoingRecord | null =>
    one.value === null ? null : { ...one, value: null };
  const describe = ({ value }: OutgoingRecord): object => ({ value });
  const metrics = new Metrics();
  const options = { topic: 't', shrink, describe, explain: () => null, metrics };
  return new AcknowledgedPublisher(broker.producer, options);
}

async function idle(publisher: AcknowledgedPublisher): Promise<void> {
  await vi.waitFor(
    () => {
      expect(publisher.idle).toBe(true);
    },
    { timeout: 20_000 },
  );
}

describe('AcknowledgedPublisher', () => {
  it('sends what comes together together, in order, one send at a time', async () => {
    const broker = new Broker();
    const publisher = publisherTo(broker);
    let acknowledged = 0;
    for (let index = 0; index < 1_200; index += 1)
      publisher.publish(record(String(index), () => (acknowledged += 1)));
    await idle(publisher);
    expect(broker.lots).toEqual([500, 500, 200]);
    expect(broker.log.map(({ value }) => value)).toEqual(
      Array.from({ length: 1_200 }, (_, index) => String(index)),
    );
    expect(broker.overlapping).toBe(1);
    expect(acknowledged).toBe(1_200);
  });

  it('repeats a refused lot until it is taken, and keeps the order', async () => {
    const refuse = (): never => {
      throw new Error('the topic is away');
    };
    const broker = new Broker([refuse, refuse]);
    const publisher = publisherTo(broker);
    const order: string[] = [];
    publisher.publish(record('a', () => order.push('a')));
    publisher.publish(record('b', () => order.push('b')));
    await idle(publisher);
    expect(order).toEqual(['a', 'b']);
    expect(broker.log).toHaveLength(2);
    expect(publisher.working).toBe(true);
  });

  it('splits a lot that is too large, and shrinks a record that is too large alone', async () => {
    const broker = new Broker([tooLarge, tooLarge]);
    const publisher = publisherTo(broker);
    publisher.publish(record('big'));
    publisher.publish(record('small'));
    await idle(publisher);
    expect(broker.log.map(({ value }) => value)).toEqual([null, 'small']);
  });

  it('bounds a lot by bytes', async () => {
    const broker = new Broker();
    const publisher = publisherTo(broker);
    for (let index = 0; index < 3; index += 1) publisher.publish(record('x'.repeat(300_000)));
    await idle(publisher);
    expect(broker.lots).toEqual([1, 1, 1]);
  });

  it('gives up when it is closed', async () => {
    const broker = new Broker(Array.from({ length: 100 }, () => tooLarge));
    const publisher = publisherTo(broker);
    let acknowledged = false;
    publisher.publish(record('a', () => (acknowledged = true)));
    await new Promise((resolve) => setImmediate(resolve));
    publisher.close();
    await idle(publisher);
    expect(acknowledged).toBe(false);
  });

  it('does not take what a caller throws for a refusal of the topic, and sends nothing twice', async () => {
    const broker = new Broker();
    const publisher = publisherTo(broker);
    const unhandled: unknown[] = [];
    const collect = (reason: unknown): void => void unhandled.push(reason);
    process.prependListener('unhandledRejection', collect);
    publisher.publish(
      record('a', () => {
        throw new Error('a bug of the caller');
      }),
    );
    let acknowledged = false;
    publisher.publish(record('b', () => (acknowledged = true)));
    await idle(publisher);
    process.off('unhandledRejection', collect);
    expect([broker.log.map(({ value }) => value), acknowledged, unhandled]).toEqual([['a', 'b'], true, []]);
  });

  it('never offers whole what is larger than any broker takes in one request', async () => {
    const broker = new Broker();
    const publisher = publisherTo(broker);
    publisher.publish(record('x'.repeat(17 * 1024 * 1024)));
    publisher.publish(record('small'));
    await idle(publisher);
    expect(broker.log.map(({ value }) => value)).toEqual([null, 'small']);
  });

  it('counts headers with nothing in them', async () => {
    const broker = new Broker();
    const publisher = publisherTo(broker);
    const headers = RecordHeaders.of(Array.from({ length: 300_000 }, () => ['', null] as const));
    for (let index = 0; index < 3; index += 1) publisher.publish({ ...record('x'), headers });
    await idle(publisher);
    expect(broker.lots).toEqual([1, 1, 1]);
  });
});

describe('what a topic takes in no form', () => {
  /** The key of a record that is large in its smallest form, too. */
  const POISON = 'p'.repeat(20 * 1024);

  /** Takes all but one record, in whatever form. */
  function refusing(poison: string, error: Error): { broker: Broker; publisher: AcknowledgedPublisher } {
    const refuse = (messages: Message[]): void => {
      if (messages.some(({ key }) => key === poison)) throw error;
    };
    const broker = new Broker(Array.from({ length: 20 }, () => refuse));
    return { broker, publisher: publisherTo(broker) };
  }

  it.each([
    ['MESSAGE_TOO_LARGE', errorOf('MESSAGE_TOO_LARGE')],
    ['RECORD_LIST_TOO_LARGE', errorOf('RECORD_LIST_TOO_LARGE')],
    ['INVALID_RECORD', errorOf('INVALID_RECORD')],
    [
      'CORRUPT_MESSAGE',
      Object.assign(new KafkaJSNonRetriableError('retried'), { cause: errorOf('CORRUPT_MESSAGE') }),
    ],
  ])('is left out with one line in the log, and holds no others up: %s', async (code, error) => {
    const lines = vi.spyOn(Logger.prototype, 'error').mockReturnValue();
    const { broker, publisher } = refusing(POISON, error);
    const order: string[] = [];
    for (const key of ['a', POISON, 'b']) publisher.publish({ ...record('v', () => order.push(key)), key });
    await idle(publisher);
    expect(broker.log.map(({ key }) => key)).toEqual(['a', 'b']);
    expect(order).toEqual(['a', POISON, 'b']);
    expect([publisher.leftOut, publisher.working, publisher.trouble]).toEqual([1, true, null]);
    expect(lines.mock.calls).toEqual([
      [
        { refusedBy: 't', code, value: null },
        'the topic refuses even the shortest form of this record; it is left out',
      ],
    ]);
    lines.mockRestore();
  });

  it('is not told where the topic takes no small record either: it is away until it does, and then has all of it', async () => {
    const broker = new Broker(Array.from({ length: 6 }, () => tooLarge));
    const publisher = publisherTo(broker);
    publisher.publish(record('v'));
    await vi.waitFor(() => {
      expect(publisher.trouble).toContain('raise its max.message.bytes');
    });
    expect(publisher.working).toBe(false);
    await idle(publisher);
    expect(broker.log.map(({ value }) => value)).toEqual(['v']);
    expect([publisher.leftOut, publisher.working, publisher.trouble]).toEqual([0, true, null]);
  });

  it.each([
    ['the topic is not there', errorOf('UNKNOWN_TOPIC_OR_PARTITION')],
    ['rights are missing', errorOf('TOPIC_AUTHORIZATION_FAILED')],
    ['replicas are missing', errorOf('NOT_ENOUGH_REPLICAS')],
    ['the clock of this machine is wrong', errorOf('INVALID_TIMESTAMP')],
    ['nobody knows why', errorOf('UNKNOWN')],
    ['the broker is away', new KafkaJSError('MESSAGE_TOO_LARGE')],
    ['there is a bug', new TypeError('MESSAGE_TOO_LARGE')],
  ])('is not told where %s: that is tried until it is over', async (_why, error) => {
    const refuse = (): never => {
      throw error;
    };
    const broker = new Broker([refuse, refuse]);
    const publisher = publisherTo(broker);
    publisher.publish(record('a'));
    await idle(publisher);
    expect([broker.log.map(({ value }) => value), publisher.leftOut]).toEqual([['a'], 0]);
  });
});
