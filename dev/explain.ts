/** Ends a command that failed: prints the sentence for people on stderr, and gives the exit code. */
import { Fault } from './fault.ts';
import { ServiceEnded } from './service-process.ts';

export function explainEnd(error: unknown): number {
  if (error instanceof ServiceEnded) {
    console.error(error.message);
    return error.ending.code === null || error.ending.code === 0 ? 1 : error.ending.code;
  }
  console.error(error instanceof Fault ? error.message : error);
  return 1;
}
