/** The timers of catch-up, and where it gets its news from. `lifecycle.ts` starts and stops them. */
import { Injectable } from '@nestjs/common';
import { IntakeService } from '../intake/intake.service.ts';
import { MatchingService } from '../matching/matching.service.ts';
import { WebhookStarts } from '../webhooks/webhook-starts.ts';
import { CatchUp } from './catch-up.ts';
import { LogTimes } from './log-times.ts';

const TICK_MS = 250;
const SAVE_MS = 500;
/** A new request is heard of at once. This interval is for one whose notification was lost. */
const POLL_MS = 2_000;

@Injectable()
export class CatchUpTimers {
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly catchUp: CatchUp,
    private readonly intake: IntakeService,
    private readonly matching: MatchingService,
    private readonly starts: WebhookStarts,
    private readonly times: LogTimes,
  ) {}

  /** Call it before webhooks are loaded and before intake reads. */
  connect(): void {
    this.intake.prepareBy(this.catchUp);
    this.starts.readFrom(this.times);
    this.matching.onChanged((changes) => {
      this.catchUp.changed(changes);
    });
    this.matching.onNotified(() => {
      void this.catchUp.poll();
    });
  }

  start(): void {
    this.#timers.push(
      setInterval(() => {
        this.catchUp.tick();
      }, TICK_MS),
      setInterval(() => void this.catchUp.save(), SAVE_MS),
      setInterval(() => void this.catchUp.poll(), POLL_MS),
    );
  }

  /** Hands out nothing more. What is under way goes on to its end. */
  stopReading(): void {
    this.catchUp.stopReading();
  }

  /** The last save. */
  async stop(): Promise<void> {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    try {
      await this.catchUp.save();
    } finally {
      this.catchUp.close();
    }
  }
}
