/** Dead letters: looking at them, and sending them back. What makes a record one is `intake`'s affair. */
import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.ts';
import { KafkaModule } from '../kafka/kafka.module.ts';
import { DeadLettersController } from './dead-letters.controller.ts';
import { DeadLettersService } from './dead-letters.service.ts';
import { SendBackService } from './send-back.service.ts';

@Module({
  imports: [KafkaModule, AuditModule],
  controllers: [DeadLettersController],
  providers: [DeadLettersService, SendBackService],
})
export class DeadLettersModule {}
