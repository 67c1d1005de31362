/**
 * Publishes records to one topic until the broker has acknowledged them, in order, and tells each caller when.
 *
 * One batch is in flight at a time: kafkajs loses acknowledged records when idempotent sends overlap, and a single
 * flight keeps the order of a key across repeats. While the topic is away it tries for ever; callers hold their offsets.
 * What the topic refuses for what it is goes out alone and ever smaller. What it takes in no form is left out, and logged:
 * it would be refused for ever, and hold all others. But a topic that takes no record at all is away like any other.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { Producer } from 'kafkajs';
import { REQUEST_TIMEOUT_MS } from './kafka-client.ts';
import { ThrottledWarning } from '../logging/throttled-warning.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { KafkaOperation } from './operation.ts';
import { CompressionTypes } from './kafkajs.ts';
import { recordBytes, refusalOf, TOO_LARGE, toMessage, type OutgoingRecord } from './outgoing-record.ts';

const MAX_RECORDS = 500;
/** Whoever waits for a result waits for a commit, not for a delivery; a send costs as much as ten records. */
const LINGER_MS = 10;
/** A broker refuses batches above 1 MiB by default. */
const MAX_BYTES = 512 * 1024;
/**
 * A larger record is not even offered whole. Brokers answer requests above 100 MB (`socket.request.max.bytes`) by closing
 * the connection, which tells nothing of why.
 */
const MAX_RECORD_BYTES = 16 * 1024 * 1024;
/** kafkajs tries for half a minute by itself before it says anything. */
const SLOW_ANSWER_MS = 3_000;
/** What the broker gives its replicas; then it says so, or else a connection that works would be taken for a silent one. */
const REPLICATED_WITHIN_MS = REQUEST_TIMEOUT_MS * 0.8;
const RETRY_DELAY_MS = { first: 250, most: 5_000 };
/** A topic that refuses so small a record as too large is set up wrongly. That holds all records until it is mended. */
const TAKEN_BY_EVERY_TOPIC_BYTES = 16 * 1024;

export interface PublisherOptions<Outgoing extends OutgoingRecord> {
  readonly topic: string;
  /** A smaller form of a record that the topic refuses even alone; null when there is none. */
  readonly shrink: (record: Outgoing) => Outgoing | null;
  /** What the log says of a record that the topic takes in no form, such as where it comes from. */
  readonly describe: (record: Outgoing) => object;
  /** Whether several are packed (gzip) when they are sent together; costs time, for records that say the same often. */
  readonly packed?: boolean;
  /** What to say of an error, if there is something to say. */
  readonly explain: (error: unknown) => string | null;
  readonly metrics: Pick<Metrics, 'sent' | 'kafkaOperations'>;
}

export class AcknowledgedPublisher<Outgoing extends OutgoingRecord = OutgoingRecord> {
  readonly #logger = new Logger(AcknowledgedPublisher.name);
  readonly #refused = new ThrottledWarning(this.#logger, 'records not accepted, trying again');
  readonly #waiting: Outgoing[] = [];
  readonly #sends: KafkaOperation;
  #sending = false;
  /** Of the lot that is under way. */
  #inLot = 0;
  #failures = 0;
  #leftOut = 0;
  /** Why the last send failed, where that is known. */
  #why: string | null = null;
  /** When the send under way began. */
  #sentAt: number | null = null;
  #closed = false;
  #wake: (() => void) | null = null;

  constructor(
    private readonly producer: Pick<Producer, 'send'>,
    private readonly options: PublisherOptions<Outgoing>,
  ) {
    this.#sends = new KafkaOperation(options.metrics, 'send', options.topic);
  }

  /** Whether records are taken: the last send worked, and none has waited for its answer for long. */
  get working(): boolean {
    const waitedMs = this.#sentAt === null ? 0 : performance.now() - this.#sentAt;
    return this.#failures === 0 && waitedMs < SLOW_ANSWER_MS;
  }

  /** Why no records are taken; null while they are. */
  get trouble(): string | null {
    if (this.working) return null;
    const why = this.#why === null ? '' : `: ${this.#why}`;
    return `the topic ${this.options.topic} does not take records${why}`;
  }

  /** How many records the topic took in no form. Each is in the log; the topic works for others. */
  get leftOut(): number {
    return this.#leftOut;
  }

  get topic(): string {
    return this.options.topic;
  }

  /** How many records are not acknowledged yet. */
  get unacknowledged(): number {
    return this.#waiting.length + this.#inLot;
  }

  /** Whether all that was published is acknowledged. */
  get idle(): boolean {
    return !this.#sending;
  }

  publish(record: Outgoing): void {
    this.#waiting.push(record);
    if (this.#sending) return;
    this.#sending = true;
    void this.#run();
  }

  /** Gives up what is not acknowledged; its callers never hear of it. */
  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#closed) {
      if (this.#waiting.length < MAX_RECORDS) await pause(LINGER_MS);
      const lot = this.#nextLot();
      this.#inLot = lot.length;
      await this.#send(lot);
      this.#inLot = 0;
    }
    this.#sending = false;
  }

  #nextLot(): Outgoing[] {
    let bytes = 0;
    let count = 0;
    for (const record of this.#waiting) {
      bytes += recordBytes(record);
      if (count > 0 && (bytes > MAX_BYTES || count >= MAX_RECORDS)) break;
      count += 1;
    }
    const lot = this.#waiting.splice(0, count);
    return bytes > MAX_RECORD_BYTES ? lot.map((record) => this.#bounded(record)) : lot;
  }

  #bounded(record: Outgoing): Outgoing {
    let bounded = record;
    while (recordBytes(bounded) > MAX_RECORD_BYTES) {
      const smaller = this.options.shrink(bounded);
      if (!smaller) break;
      bounded = smaller;
    }
    return bounded;
  }

  async #send(lot: Outgoing[]): Promise<void> {
    const refusal = await this.#offer(lot);
    if (refusal === null) return;
    const [only] = lot;
    if (only && lot.length === 1) return this.#sendSmaller(only, refusal);
    for (const record of lot) await this.#send([record]);
  }

  /** Tries until the topic answers. @returns Kafka's type of its refusal; null once the records are acknowledged. */
  async #offer(lot: Outgoing[]): Promise<string | null> {
    for (;;) {
      if (this.#closed) return null;
      this.#sentAt = performance.now();
      try {
        await this.#sends.run(() =>
          this.producer.send({
            topic: this.options.topic,
            acks: -1,
            timeout: REPLICATED_WITHIN_MS,
            // Not one alone: it may be large, and this is done while nothing else is.
            ...(this.options.packed === true && lot.length > 1 && { compression: CompressionTypes.GZIP }),
            messages: lot.map(toMessage),
          }),
        );
        break;
      } catch (error) {
        this.#sentAt = null;
        const refusal = refusalOf(error);
        if (refusal !== null) return refusal;
        await this.#backOff(error, lot.length, this.options.explain(error));
      }
    }
    this.#failures = 0;
    this.#why = null;
    this.#sentAt = null;
    this.#sends.counted(this.options.metrics.sent).add(lot.length);
    // Outside of the try: what a caller does with it is no failure of the topic.
    for (const record of lot) this.#acknowledge(record);
    return null;
  }

  #acknowledge(record: Outgoing): void {
    try {
      record.acknowledged();
    } catch (error) {
      this.#logger.error({ err: error }, 'the acknowledgement of a record could not be taken');
    }
  }

  /** Offers a record that was refused in its smaller forms in turn. */
  async #sendSmaller(record: Outgoing, refusal: string): Promise<void> {
    for (let code: string | null = refusal; code !== null; code = await this.#offer([record])) {
      let smallest = record;
      for (let form = this.options.shrink(record); form; form = this.options.shrink(form)) {
        smallest = form;
        code = await this.#offer([form]);
        if (code === null) return;
      }
      const bytes = recordBytes(smallest);
      if (!TOO_LARGE.has(code) || bytes > TAKEN_BY_EVERY_TOPIC_BYTES) {
        this.#leaveOut(smallest, code);
        return;
      }
      await this.#backOff(
        null,
        1,
        `it refuses a record of ${bytes} bytes as too large: raise its max.message.bytes`,
      );
    }
  }

  #leaveOut(record: Outgoing, code: string): void {
    this.#leftOut += 1;
    this.#failures = 0;
    this.#why = null;
    this.#logger.error(
      { refusedBy: this.options.topic, code, ...this.options.describe(record) },
      'the topic takes this record in no form, however small; it is left out',
    );
    this.#acknowledge(record);
  }

  async #backOff(error: unknown, records: number, why: string | null): Promise<void> {
    const delayMs = Math.min(RETRY_DELAY_MS.first * 2 ** this.#failures, RETRY_DELAY_MS.most);
    this.#failures += 1;
    this.#why = why;
    this.#refused.say(error, { topic: this.options.topic, records, inMs: delayMs, why });
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, delayMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
