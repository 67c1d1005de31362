/** What a delivery needs of the stages; declared by the one who calls it. */
import type { Webhook } from '../model/webhook.ts';
import type { NextStep } from '../retries/next-step.ts';
import type { Conclusion, NewRow } from '../retries/stored-delivery.ts';
import type { AttemptRunner, EndedAttempt } from './attempt-runner.ts';

export interface DeliveryStages {
  readonly attempts: AttemptRunner;
  /** The webhook as it is now, or null when nothing may be sent to it any more, or not now. */
  currentWebhook(webhookId: string): Webhook | null;
  /** Whether what cannot be sent to it now is to wait for it; otherwise it is dropped. */
  isEnabled(webhookId: string): boolean;
  scheduleMs(webhook: Webhook): readonly number[];
  store(row: NewRow, stored: () => void): void;
  conclude(conclusion: Conclusion, written: () => void): void;
  /** What an attempt says of the health of its webhook. */
  noteHealth(ended: EndedAttempt, step: NextStep): void;
}
