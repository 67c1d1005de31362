/**
 * One delivery that a cursor holds. It answers what the pipeline asks of the holder of a delivery, and tells the cursor
 * how the delivery ended.
 */
import type { OffsetTracker } from '../intake/offset-tracker.ts';
import type { Holder } from '../pipeline/delivery-run.ts';
import type { Allowance } from './allowance.ts';
import type { Cursor } from './cursor.ts';

export interface HoldingCursor {
  readonly parts: { readonly allowance: Pick<Allowance, 'giveBack'> };
  readonly cursor: Pick<Cursor, 'webhookId' | 'anyGivenUp'>;
  readonly tracker: Pick<OffsetTracker, 'revoked'>;
  takeBack(offset: number): boolean;
  finish(offset: number): void;
  goesOn(): void;
}

export class HeldByCursor implements Holder {
  constructor(
    private readonly run: HoldingCursor,
    private readonly offset: number,
    private readonly bytes: number,
  ) {}

  get revoked(): boolean {
    return this.run.tracker.revoked;
  }

  readonly mayHaveRow = true;

  get mayBeGivenUp(): boolean {
    return this.run.cursor.anyGivenUp;
  }

  deliveryFinished(): void {
    this.run.finish(this.offset);
    this.#end();
  }

  takeBack(): boolean {
    const taken = this.run.takeBack(this.offset);
    if (taken) this.#end();
    return taken;
  }

  #end(): void {
    this.run.parts.allowance.giveBack(this.run.cursor.webhookId, this.bytes);
    this.run.goesOn();
  }
}
