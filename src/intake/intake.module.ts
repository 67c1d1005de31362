import { Module } from '@nestjs/common';
import { KafkaModule } from '../kafka/kafka.module.ts';
import { DeadLetters } from './dead-letter.ts';
import { IntakeController } from './intake.controller.ts';
import { IntakeService } from './intake.service.ts';

@Module({
  imports: [KafkaModule],
  controllers: [IntakeController],
  providers: [IntakeService, DeadLetters],
  exports: [IntakeService],
})
export class IntakeModule {}
