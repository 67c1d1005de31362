/**
 * Publishes records to one topic in order, and calls back when the broker has acknowledged each one. While the topic cannot
 * be written, it tries for ever; callers hold their offsets.
 *
 * One batch is in flight at a time. kafkajs loses acknowledged records if idempotent sends overlap, and this keeps the order
 * of a key when a batch is repeated. A record that the topic refuses is sent alone, and made shorter and shorter. If even
 * its shortest form is refused, it is left out and logged, because it would hold all others for ever.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { REQUEST_TIMEOUT_MS } from './kafka-client.ts';
import { ThrottledWarning } from '../logging/throttled-warning.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { KafkaOperation } from './operation.ts';
import { CompressionTypes } from './kafkajs.ts';
import type { OutgoingRecord, RecordProducer } from './outgoing-record.ts';
import { refusalOf, TOO_LARGE } from './outgoing-record.ts';
import { recordBytes } from './patches/request-bytes.ts';

const MAX_RECORDS = 500;
/** Waiting makes larger batches: a send costs as much as ten records. It delays only commits, never deliveries. */
const LINGER_MS = 10;
/** A broker refuses batches above 1 MiB by default. */
const MAX_BYTES = 512 * 1024;
/**
 * A larger record is made shorter before the first try. Brokers close the connection for requests above 100 MB
 * (`socket.request.max.bytes`), and do not say why.
 */
const MAX_RECORD_BYTES = 16 * 1024 * 1024;
/** After this time a send counts as not working. kafkajs itself reports a failure only after half a minute. */
const SLOW_ANSWER_MS = 3_000;
/** How long the broker waits for its replicas. It must answer before our own timeout, or its connection would be ended. */
const REPLICATED_WITHIN_MS = REQUEST_TIMEOUT_MS * 0.8;
const RETRY_DELAY_MS = { first: 250, most: 5_000 };
/** If a topic refuses a record of this size as too large, its setting is wrong. All records wait until it is corrected. */
const TAKEN_BY_EVERY_TOPIC_BYTES = 16 * 1024;

export interface PublisherOptions<Outgoing extends OutgoingRecord> {
  readonly topic: string;
  /** Makes a shorter form of a record that the topic refuses even alone; null if there is none. */
  readonly shrink: (record: Outgoing) => Outgoing | null;
  /** What the log says about a record that is left out, for example where it comes from. */
  readonly describe: (record: Outgoing) => object;
  /** Whether records that are sent together are packed (gzip). It costs time, and helps if records repeat much text. */
  readonly packed?: boolean;
  /** Explains an error in a sentence with what to do; null if it cannot. */
  readonly explain: (error: unknown) => string | null;
  readonly metrics: Pick<Metrics, 'sent' | 'kafkaOperations'>;
}

export class AcknowledgedPublisher<Outgoing extends OutgoingRecord = OutgoingRecord> {
  readonly #logger = new Logger(AcknowledgedPublisher.name);
  readonly #refused = new ThrottledWarning(this.#logger, 'records not accepted, trying again');
  readonly #waiting: Outgoing[] = [];
  readonly #sends: KafkaOperation;
  #sending = false;
  /** How many records the lot under way has. */
  #inLot = 0;
  #failures = 0;
  #leftOut = 0;
  /** Why the last send failed; null if that is not known, or if it did not fail. */
  #why: string | null = null;
  /** When the send under way began. */
  #sentAt: number | null = null;
  #closed = false;
  #wake: (() => void) | null = null;

  constructor(
    private readonly producer: RecordProducer,
    private readonly options: PublisherOptions<Outgoing>,
  ) {
    this.#sends = new KafkaOperation(options.metrics, 'send', options.topic);
  }

  /** Whether the last completed send succeeded, and the send under way has not waited long for its answer. */
  get working(): boolean {
    const waitedMs = this.#sentAt === null ? 0 : performance.now() - this.#sentAt;
    return this.#failures === 0 && waitedMs < SLOW_ANSWER_MS;
  }

  /** Why the topic takes no records; null while it takes them. */
  get trouble(): string | null {
    if (this.working) return null;
    const why = this.#why === null ? '' : `: ${this.#why}`;
    return `the topic ${this.options.topic} does not take records${why}`;
  }

  /** How many records were left out, because the topic refused even their shortest form. Each was logged. */
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

  /** Gives up what is not acknowledged. Its callers are not called back. */
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

  /** Tries until the topic answers. @returns null when the records are acknowledged; else Kafka's type of the refusal. */
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
            // A single record is not packed: it may be large, and packing blocks the process.
            ...(this.options.packed === true && lot.length > 1 && { compression: CompressionTypes.GZIP }),
            messages: lot,
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
    // Outside of the try: an error of a caller is not a failure of the topic.
    for (const record of lot) this.#acknowledge(record);
    return null;
  }

  #acknowledge(record: Outgoing): void {
    try {
      record.acknowledged();
    } catch (error) {
      this.#logger.error({ err: error }, 'the work after the acknowledgement of a record failed');
    }
  }

  /** Sends a refused record again in its shorter forms, one after another. */
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
      'the topic refuses even the shortest form of this record; it is left out',
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
