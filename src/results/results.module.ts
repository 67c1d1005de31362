import { Module } from '@nestjs/common';
import { KafkaModule } from '../kafka/kafka.module.ts';
import { ResultsService } from './results.service.ts';

@Module({
  imports: [KafkaModule],
  providers: [ResultsService],
  exports: [ResultsService],
})
export class ResultsModule {}
