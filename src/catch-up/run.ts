/** A cursor that is being worked, of any kind: what the owner of its partition needs from it. */
import type { Webhook } from '../model/webhook.ts';
import type { PipelineService } from '../pipeline/pipeline.service.ts';
import type { Allowance } from './allowance.ts';
import type { ReaderParts } from './cursor-reader.ts';
import type { Cursor } from './cursor.ts';
import type { HandOver } from './hand-over.ts';

/** What a run needs of others. */
export interface CursorParts extends ReaderParts {
  readonly pipeline: Pick<PipelineService, 'acceptAgain'>;
  readonly allowance: Allowance;
  /** The webhook to send to; null while nothing is to be sent. @param evenPaused where nothing will be sent. */
  find(webhookId: string, evenPaused: boolean): Webhook | null;
  /** Asks for a call of its `step`, soon but not at once. */
  wake(run: Run): void;
}

export interface Run {
  readonly id: string;
  cursor: Cursor;
  /** Whether it goes on until it meets live reading. */
  readonly endless: boolean;
  readonly isReading: boolean;
  readonly isHandedOver: boolean;
  /** Where its webhook goes on with live events; null if this cursor never hands over. */
  readonly handOver: HandOver | null;
  /** Whether nothing is left to do. */
  readonly isOver: boolean;
  /** Everything before it is finished. */
  readonly saved: number;
  readonly expired: number;
  /** When the record was written that was read last; null: unknown. */
  readonly since: number | null;
  /** Something else must come first. */
  waits: boolean;
  countMatched(): number;
  /** Does what can be done now. */
  step(): void;
  /** Ends it at its present place. */
  stop(): void;
  /** It is not worked any more. What is under way ends, and no longer counts. */
  drop(): void;
}
