/** The `@EventPattern` handler of the events topic. Nest calls it once per batch. */
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { USER_EVENTS_PATTERN } from '../kafka/batch-transport.ts';
import type { RecordBatch } from '../kafka/log-record.ts';
import { IntakeService } from './intake.service.ts';

@Controller()
export class IntakeController {
  constructor(private readonly intake: IntakeService) {}

  @EventPattern(USER_EVENTS_PATTERN)
  receive(@Payload() batch: RecordBatch): void {
    this.intake.receive(batch);
  }
}
