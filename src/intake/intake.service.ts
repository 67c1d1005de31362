/**
 * From record batches to events in work, and back to committed offsets.
 *
 * It promises that an offset is committed only when the pipeline has finished its event (or the dead-letter topic has
 * acknowledged its record) and that of all before it; that nothing a kept partition delivers again is worked twice;
 * and that fetching stops while too much is held. How an event is worked is the sink's affair.
 */
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { KafkaMessage } from 'kafkajs';
import { BatchTransport, type AssignmentListener, type RecordBatch } from '../kafka/batch-transport.ts';
import { Assignment } from './assignment.ts';
import { BackPressure } from './back-pressure.ts';
import { DeadLetters } from './dead-letter.ts';
import { decodeEvent } from './decode-event.ts';
import type { OffsetTracker } from './offset-tracker.ts';
import { ReceivedEvent, type EventSink } from './received-event.ts';
import { Undecodable } from './undecodable.ts';

const COMMIT_INTERVAL_MS = 500;
/** How often memory that stays short is reported. */
const RELIEF_INTERVAL_MS = 250;
const HELD_AT_MOST = { events: 5_000, bytes: 64 * 1024 * 1024 };

@Injectable()
export class IntakeService implements OnModuleInit, OnApplicationShutdown, AssignmentListener {
  readonly #logger = new Logger(IntakeService.name);
  readonly #assignment = new Assignment();
  readonly #pressure = new BackPressure(HELD_AT_MOST);
  #sink: EventSink | null = null;
  readonly #timers: NodeJS.Timeout[] = [];
  #committing: Promise<void> | null = null;
  #draining = false;
  #held: { partition: number; offset: number } | null = null;

  constructor(
    private readonly transport: BatchTransport,
    private readonly deadLetters: DeadLetters,
  ) {}

  onModuleInit(): void {
    this.transport.listenTo(this);
    this.#timers.push(
      setInterval(() => void this.commit(), COMMIT_INTERVAL_MS),
      setInterval(() => {
        if (this.#pressure.paused) this.#sink?.relieve();
      }, RELIEF_INTERVAL_MS),
    );
  }

  onApplicationShutdown(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  deliverTo(sink: EventSink): void {
    this.#sink = sink;
  }

  /** Events and records received and not finished, of the partitions owned now. */
  get inFlight(): number {
    return this.#assignment.inFlight;
  }

  /** The record that could not be taken last, for a reason that is ours. */
  get heldRecord(): { readonly partition: number; readonly offset: number } | null {
    return this.#held;
  }

  /** Why the dead-letter topic does not take records; null while it does. */
  get deadLettersTrouble(): string | null {
    return this.deadLetters.trouble;
  }

  assigned(memberId: string, partitions: readonly number[]): void {
    this.#assignment.assign(memberId, partitions);
    this.#held = null;
    // kafkajs keeps what was paused across joins, also for a partition that was lost and comes back.
    if (this.#stopped) this.transport.pause(partitions);
    else this.transport.resume(partitions);
    this.#sink?.assigned();
  }

  rebalancing(): void {
    void this.commit();
  }

  /** Takes a batch over and returns at once; what is in it is worked by the sink. */
  receive(batch: RecordBatch): void {
    const first = batch.records[0];
    if (!first) return;
    const tracker = this.#assignment.trackerFor(batch.partition, Number(first.offset));
    if (!tracker) return;
    const offsets = batch.records.map((record) => Number(record.offset));
    const fresh = new Set(tracker.receive(offsets, Number(batch.lastOffset)));
    for (const [index, record] of batch.records.entries()) {
      const offset = offsets[index];
      if (offset !== undefined && fresh.has(offset))
        this.#takeOrHold(record, batch.partition, tracker, offset);
    }
  }

  /** Commits what is finished, one commit at a time. A refusal is no fault: what was not committed is read again. */
  async commit(): Promise<void> {
    if (this.#committing) return this.#committing;
    const committable = this.#assignment.committable();
    if (committable.size === 0 || !this.transport.joined) return;
    this.#committing = this.#send(committable).finally(() => {
      this.#committing = null;
    });
    return this.#committing;
  }

  /** For good: the process is about to end. What was received stays in work. */
  stopFetching(): void {
    this.#draining = true;
    this.transport.pause(this.#assignment.partitions);
  }

  /** The last commit: of everything that is finished by now. */
  async commitLast(): Promise<void> {
    await this.#committing;
    await this.commit();
  }

  get #stopped(): boolean {
    return this.#draining || this.#pressure.paused;
  }

  /** A record that a bug of ours keeps from being taken holds its offset, and holds nothing else up. */
  #takeOrHold(record: KafkaMessage, partition: number, tracker: OffsetTracker, offset: number): void {
    try {
      this.#take(record, partition, tracker, offset);
    } catch (error) {
      this.#held = { partition, offset };
      this.#logger.error({ err: error, ...this.#held }, 'a record could not be taken; its offset is held');
    }
  }

  #take(record: KafkaMessage, partition: number, tracker: OffsetTracker, offset: number): void {
    const { topic } = this.transport;
    const decoded = decodeEvent(topic, partition, record);
    const bytes = record.value?.length ?? 0;
    if (this.#pressure.take(bytes)) this.transport.pause(this.#assignment.partitions);
    const released = (): void => {
      if (this.#pressure.release(bytes) && !this.#stopped) this.transport.resume(this.#assignment.partitions);
    };
    if (decoded instanceof Undecodable) {
      const source = { topic, partition, offset: record.offset };
      this.#logger.warn(
        { ...source, reason: decoded.reason, fault: decoded.message },
        'record dead-lettered',
      );
      this.deadLetters.publish(record, source, decoded, () => {
        tracker.finish(offset);
        released();
      });
      return;
    }
    if (!this.#sink)
      throw new Error('intake has no sink: the pipeline must be connected before the consumer starts');
    this.#sink.accept(new ReceivedEvent(decoded, tracker, offset, released));
  }

  async #send(committable: ReturnType<Assignment['committable']>): Promise<void> {
    const offsets = new Map([...committable].map(([partition, { offset }]) => [partition, String(offset)]));
    try {
      await this.transport.commit(offsets);
      for (const { offset, tracker } of committable.values()) tracker.committed(offset);
    } catch (error) {
      this.#logger.warn({ err: error, offsets: Object.fromEntries(offsets) }, 'commit refused, trying again');
    }
  }
}
