import { Module } from '@nestjs/common';
import { OrphanSweep } from './orphan-sweep.ts';
import { RetryQueue } from './retry-queue.ts';
import { RetryWriter } from './retry-writer.ts';
import { RowCensus } from './row-census.ts';

@Module({
  providers: [RetryWriter, RetryQueue, OrphanSweep, RowCensus],
  exports: [RetryWriter, RetryQueue, OrphanSweep, RowCensus],
})
export class RetriesModule {}
