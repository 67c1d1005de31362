/** The history: the results topic in PostgreSQL, and the routes that read it. */
import { Module } from '@nestjs/common';
import { KafkaModule } from '../kafka/kafka.module.ts';
import { HistoryService } from './history.service.ts';

@Module({
  imports: [KafkaModule],
  providers: [HistoryService],
  exports: [HistoryService],
})
export class HistoryModule {}
