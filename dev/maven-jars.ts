/**
 * Finds the class path of a program from Maven: the broker's, or Helm's. Maven is asked once for each content of its
 * `pom.xml`. The answer is kept in a file, and used as long as every jar in it exists. The jars stay in Maven's own repository.
 *
 * Only one process at a time asks Maven, because Maven 3 does not lock its repository.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Fault, isErrno } from './fault.ts';
import { lock } from './lock.ts';

export interface MavenProgram {
  readonly name: string;
  readonly pom: string;
  /** What a person can do without it. */
  readonly instead: string;
}

export const KAFKA: MavenProgram = {
  name: 'Apache Kafka',
  pom: fileURLToPath(new URL('kafka/pom.xml', import.meta.url)),
  instead: 'run `docker compose up` instead, or set KAFKA_BROKERS to a broker of your own',
};

export const HELM: MavenProgram = {
  name: 'Helm',
  pom: fileURLToPath(new URL('helm/pom.xml', import.meta.url)),
  instead: 'leave out what needs the chart',
};

const RESOLVED_WITHIN_MS = 600_000;

export interface ClassPathOptions {
  readonly cacheDir: string;
  /** Called with a line for people when it will take a while. */
  readonly report: ((line: string) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

export async function classPathOf(
  program: MavenProgram,
  { cacheDir, report, signal }: ClassPathOptions,
): Promise<string> {
  const fingerprint = createHash('sha256')
    .update(await readFile(program.pom))
    .digest('hex')
    .slice(0, 12);
  const file = join(cacheDir, `class-path-${fingerprint}`);
  const cached = await readUsable(file);
  if (cached !== null) return cached;

  report?.(`Fetching ${program.name} with Maven; this is needed only once …`);
  await mkdir(cacheDir, { recursive: true });
  const mavenHome = join(homedir(), '.m2');
  await mkdir(mavenHome, { recursive: true });
  const what = 'another process to end its download with Maven';
  const release = await lock(join(mavenHome, 'user-webhooks.lock'), {
    timeoutMs: RESOLVED_WITHIN_MS,
    what,
    signal,
  });
  try {
    return (await readUsable(file)) ?? (await resolve(program, file, signal));
  } finally {
    release();
  }
}

async function readUsable(file: string): Promise<string | null> {
  try {
    const classPath = (await readFile(file, 'utf8')).trim();
    return classPath !== '' && classPath.split(delimiter).every((jar) => existsSync(jar)) ? classPath : null;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null;
    throw error;
  }
}

async function resolve(
  program: MavenProgram,
  file: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const unfinished = `${file}.${process.pid}`;
  try {
    await promisify(execFile)(
      'mvn',
      ['-q', '-B', '-f', program.pom, 'dependency:build-classpath', `-Dmdep.outputFile=${unfinished}`],
      { signal, timeout: RESOLVED_WITHIN_MS, maxBuffer: 16_777_216 },
    );
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    signal?.throwIfAborted();
    throw mavenFault(program, error);
  }
  const classPath = await readUsable(file);
  if (classPath === null)
    throw new Fault(`Maven named jars of ${program.name} that do not exist: ${program.instead}.`);
  return classPath;
}

function mavenFault({ name, instead }: MavenProgram, error: unknown): Fault {
  if (isErrno(error, 'ENOENT')) {
    return new Fault(
      `The first start fetches ${name} with Maven, but mvn was not found: install Maven, ${instead}.`,
    );
  }
  const output = error instanceof Error && 'stdout' in error ? String(error.stdout) : '';
  const complaint =
    /\[ERROR\] (.+)/.exec(output)?.[1] ?? (error instanceof Error ? error.message : String(error));
  return new Fault(
    `Maven could not fetch ${name} (${complaint.trim()}): check the network and Maven's settings, ${instead}.`,
  );
}
