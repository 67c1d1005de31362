/** A command of the built service, as a process of its own, as `npm run` starts it. */
import { spawn } from 'node:child_process';
import { COMPILED } from './service.ts';

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param script the file in `dist/`. @param environment all of it but PATH. */
export async function runCommand(
  script: string,
  args: readonly string[],
  environment: Record<string, string>,
): Promise<Ran> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=TimeoutNegativeWarning', `dist/${script}`, ...args],
    {
      env: { PATH: process.env['PATH'], ...COMPILED, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stdout, stderr };
}
