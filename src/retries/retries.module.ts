import { Module } from '@nestjs/common';
import { OrphanSweep } from './orphan-sweep.ts';
import { RetryQueue } from './retry-queue.ts';
import { RetryWriter } from './retry-writer.ts';

@Module({
  providers: [RetryWriter, RetryQueue, OrphanSweep],
  exports: [RetryWriter, RetryQueue, OrphanSweep],
})
export class RetriesModule {}
