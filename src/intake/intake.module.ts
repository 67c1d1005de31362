import { Module } from '@nestjs/common';
import { BatchTransport } from '../kafka/batch-transport.ts';
import { KafkaModule } from '../kafka/kafka.module.ts';
import { DeadLetters } from './dead-letter.ts';
import { IntakeController } from './intake.controller.ts';
import { IntakeService } from './intake.service.ts';

@Module({
  imports: [KafkaModule],
  controllers: [IntakeController],
  providers: [
    DeadLetters,
    {
      provide: IntakeService,
      useFactory: (transport: BatchTransport, deadLetters: DeadLetters) =>
        new IntakeService(transport, deadLetters),
      inject: [BatchTransport, DeadLetters],
    },
  ],
  exports: [IntakeService],
})
export class IntakeModule {}
