/** Connects the parts that show dead letters and send them back. `intake` decides what becomes a dead letter. */
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
