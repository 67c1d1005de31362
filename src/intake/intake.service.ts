/**
 * Takes record batches, hands their events to the sink, which works on them, and commits offsets. Its promises:
 *
 * - An offset is committed only when its event, and all before it, are finished. Finished means: the pipeline has said so,
 *   or the dead-letter topic has acknowledged the record.
 * - If a partition that was kept is read again, no record of it is worked twice.
 * - Memory is bounded. Records wait until deliveries in work leave room, and fetching stops while enough records wait.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { AssignmentListener, BatchTransport } from '../kafka/batch-transport.ts';
import type { RecordBatch } from '../kafka/log-record.ts';
import { ThrottledWarning } from '../logging/throttled-warning.ts';
import { Assignment, type PartitionPositions } from './assignment.ts';
import { BackPressure, LIMITS, WaitingRecords, type WaitingRecord } from './back-pressure.ts';
import type { DeadLetters } from './dead-letter.ts';
import { DeadLetterLog } from './dead-letter-log.ts';
import { decodeEvent } from './decode-event.ts';
import { StalledPartitions } from './stalled-partitions.ts';
import type { OffsetTracker } from './offset-tracker.ts';
import type { Preparer } from './preparer.ts';
import { ReceivedEvent, type EventSink } from './received-event.ts';
import { Undecodable } from './undecodable.ts';

const COMMIT_INTERVAL_MS = 500;
const DEAD_LETTER_LOG_INTERVAL_MS = 1_000;
/** How often the sink is told that memory gets short. It must hear of it before nothing more can begin. */
const RELIEF_INTERVAL_MS = 250;
const LAST_COMMIT_WITHIN_MS = 3_000;
/** How much begins in one turn of the event loop. To decode a megabyte takes up to 50 ms, and so do 1,000 dead letters. */
const BEGUN_AT_ONCE = { records: 1_000, bytes: 1024 * 1024 };

/** The parts of the events topic's consumer that intake uses. */
export type EventLog = Pick<BatchTransport, 'topic' | 'joined' | 'listenTo' | 'pause' | 'resume' | 'commit'>;

export class IntakeService implements AssignmentListener {
  readonly #logger = new Logger(IntakeService.name);
  readonly #refused = new ThrottledWarning(this.#logger, 'commit refused, trying again');
  readonly #deadLetterLog = new DeadLetterLog(this.#logger);
  readonly #assignment = new Assignment((partition, tracker) => {
    this.#prepare(partition, tracker);
  });
  readonly #waiting: WaitingRecords;
  readonly #pressure: BackPressure;
  #sink: EventSink | null = null;
  #preparer: Preparer | null = null;
  readonly #timers: NodeJS.Timeout[] = [];
  #committing: Promise<void> | null = null;
  #draining = false;
  #fetching = true;
  readonly #stalled = new StalledPartitions(this.#logger);
  #beginning = false;
  #held: { partition: number; offset: number } | null = null;

  /** @param soon calls back after the present turn of the event loop. */
  constructor(
    private readonly transport: EventLog,
    private readonly deadLetters: Pick<DeadLetters, 'publish' | 'close'>,
    limits = LIMITS,
    private readonly soon: (callback: () => void) => void = setImmediate,
  ) {
    this.#waiting = new WaitingRecords(limits.fetched);
    this.#pressure = new BackPressure(limits.inWork, () => {
      this.#beginSoon();
    });
    transport.listenTo(this);
  }

  /** Starts the timers: for commits, for the log of dead letters, and for telling the sink that memory gets short. */
  start(): void {
    this.#timers.push(
      setInterval(() => void this.commit(), COMMIT_INTERVAL_MS),
      setInterval(() => {
        this.#deadLetterLog.endInterval();
      }, DEAD_LETTER_LOG_INTERVAL_MS),
      setInterval(() => {
        if (this.#pressure.high) this.#sink?.relieve();
      }, RELIEF_INTERVAL_MS),
    );
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#deadLetterLog.endInterval();
    this.deadLetters.close();
  }

  deliverTo(sink: EventSink): void {
    this.#sink = sink;
  }

  prepareBy(preparer: Preparer): void {
    this.#preparer = preparer;
  }

  /** How many records of the partitions owned now have begun and are not finished. */
  get inFlight(): number {
    return this.#assignment.inFlight;
  }

  /** For the metrics: what is held in memory, and how far the work on each partition is. */
  get state(): { records: number; held: BackPressure['held']; positions: PartitionPositions } {
    const { records } = this.#waiting;
    return { records, held: this.#pressure.held, positions: this.#assignment.positions() };
  }

  /** The last record that could not be taken because of a bug of this service; null if there was none. */
  get heldRecord(): { readonly partition: number; readonly offset: number } | null {
    return this.#held;
  }

  assigned(memberId: string, partitions: readonly number[]): void {
    this.#assignment.assign(memberId, partitions);
    this.#waiting.dropRevoked();
    this.#stalled.clear();
    this.#held = null;
    // kafkajs remembers across joins which partitions are paused, also those that were lost and came back.
    this.#fetch(!this.#draining && (this.#fetching || this.#waiting.runningOut));
    this.#sink?.assigned();
  }

  rebalancing(): void {
    void this.commit();
  }

  /** Takes a batch and returns at once. Its records begin now, or when there is room. */
  receive(batch: RecordBatch): void {
    const { partition, records, firstOffset, lastOffset } = batch;
    const tracker = this.#assignment.trackerFor(partition, firstOffset);
    if (!tracker) return;
    const offsets = records.map(({ offset }) => offset);
    const fresh = new Set(tracker.receive(offsets, lastOffset, firstOffset));
    for (const record of records) {
      if (fresh.has(record.offset)) this.#waiting.add({ record, partition, offset: record.offset, tracker });
    }
    if (this.#stalled.stops(partition, tracker)) this.transport.pause([partition]);
    this.#begin();
  }

  /** Commits what is finished, one commit at a time. A refused commit loses nothing: the records are read again. */
  async commit(): Promise<void> {
    if (this.#committing) return this.#committing;
    const committable = this.#assignment.committable();
    if (committable.size === 0 || !this.transport.joined) return;
    this.#committing = this.#send(committable).finally(() => {
      this.#committing = null;
    });
    return this.#committing;
  }

  /** Stops fetching for good, because the process is ending. Begun records stay in work; the next owner reads the others. */
  stopFetching(): void {
    this.#draining = true;
    this.#fetch(false);
  }

  /** Commits once more, for everything that is finished by now. Returns after 3 seconds in any case. */
  async commitLast(): Promise<void> {
    const last = Promise.resolve(this.#committing).then(() => this.commit());
    await Promise.race([last, pause(LAST_COMMIT_WITHIN_MS, null, { ref: false })]);
  }

  #fetch(fetching: boolean): void {
    this.#fetching = fetching;
    const { partitions } = this.#assignment;
    if (fetching) this.transport.resume(partitions.filter((partition) => !this.#stalled.has(partition)));
    else this.transport.pause(partitions);
  }

  #prepare(partition: number, tracker: OffsetTracker): void {
    if (!this.#preparer) tracker.open();
    this.#preparer?.prepare(partition, tracker, () => {
      tracker.open();
      this.#beginSoon();
    });
  }

  /** A delivery ends in the middle of the pipeline's work. So the next records begin only after this turn. */
  #beginSoon(): void {
    if (this.#beginning || this.#waiting.empty) return;
    this.#beginning = true;
    this.soon(() => {
      this.#beginning = false;
      this.#begin();
    });
  }

  /** Begins waiting records while there is room. */
  #begin(): void {
    if (!this.#assignment.isOpen) return;
    for (let [records, bytes] = [0, 0]; !this.#draining && !this.#pressure.full;) {
      const waiting = this.#waiting.next();
      if (!waiting) break;
      this.#takeOrHold(waiting);
      records += 1;
      bytes += waiting.record.size;
      if (records < BEGUN_AT_ONCE.records && bytes < BEGUN_AT_ONCE.bytes) continue;
      this.#beginSoon();
      break;
    }
    if (this.#draining) return;
    if (this.#fetching && this.#waiting.enoughFetched) this.#fetch(false);
    else if (!this.#fetching && this.#waiting.runningOut) this.#fetch(true);
  }

  /** If a bug of this service keeps a record from being taken, only its offset is held. Other records go on. */
  #takeOrHold(waiting: WaitingRecord): void {
    const { partition, offset, tracker } = waiting;
    tracker.begin(offset);
    try {
      this.#take(waiting);
    } catch (error) {
      this.#held = { partition, offset };
      this.#logger.error({ err: error, ...this.#held }, 'a record could not be taken; its offset is held');
    }
  }

  #take({ record, partition, offset, tracker }: WaitingRecord): void {
    const { topic } = this.transport;
    const decoded = decodeEvent(topic, partition, record);
    if (decoded instanceof Undecodable) {
      const source = { topic, partition, offset: String(record.unread?.firstOffset ?? offset) };
      this.#deadLetterLog.say(source, decoded.reason);
      const { size } = record;
      this.#pressure.take(1, size);
      this.deadLetters.publish(record, source, decoded, () => {
        tracker.finish(offset);
        this.#pressure.release(1, size);
        this.#sink?.deadLettered(source, decoded.reason);
      });
      return;
    }
    if (!this.#sink)
      throw new Error('intake has no sink: the pipeline must be connected before the consumer starts');
    this.#sink.accept(new ReceivedEvent(decoded, tracker, offset, this.#pressure));
  }

  async #send(committable: ReturnType<Assignment['committable']>): Promise<void> {
    const offsets = new Map([...committable].map(([partition, { offset }]) => [partition, String(offset)]));
    try {
      await this.transport.commit(offsets);
      for (const [partition, { offset, tracker }] of committable) {
        tracker.committed(offset);
        if (this.#stalled.goesOn(partition, tracker) && this.#fetching) this.transport.resume([partition]);
      }
    } catch (error) {
      this.#refused.say(error, { offsets: Object.fromEntries(offsets) });
    }
  }
}
