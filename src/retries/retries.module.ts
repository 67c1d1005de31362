import { Module } from '@nestjs/common';
import { RetryQueue } from './retry-queue.ts';
import { RetryWriter } from './retry-writer.ts';

@Module({ providers: [RetryWriter, RetryQueue], exports: [RetryWriter, RetryQueue] })
export class RetriesModule {}
