/** Which roles are running, for routes that need one. */
import { Module } from '@nestjs/common';
import { RunningProcesses } from './running-processes.ts';

@Module({ providers: [RunningProcesses], exports: [RunningProcesses] })
export class RolesModule {}
