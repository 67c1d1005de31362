/** Finds a Java for the broker, and for Helm: the one that JAVA_HOME names, or else the one on the path. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Fault } from './fault.ts';

const OLDEST_JAVA = 17;
const WAYS_OUT =
  'install Java 17 or newer, run `docker compose up` instead, or set KAFKA_BROKERS to a broker of your own';

/** The command that runs Java 17 or newer. */
export async function findJava(): Promise<string> {
  const home = process.env['JAVA_HOME'] ?? '';
  const found: string[] = [];
  for (const command of [...(home === '' ? [] : [join(home, 'bin', 'java')]), 'java']) {
    const version = await javaVersion(command);
    if (version === null) continue;
    if (majorOf(version) >= OLDEST_JAVA) return command;
    found.push(version);
  }
  if (found[0] !== undefined) {
    throw new Fault(
      `The embedded Kafka broker needs Java 17 or newer, but found Java ${found[0]}: ${WAYS_OUT}.`,
    );
  }
  throw new Fault(`The embedded Kafka broker needs Java, which was not found: ${WAYS_OUT}.`);
}

async function javaVersion(command: string): Promise<string | null> {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, ['-version']);
    return /version "([^"]+)"/.exec(stderr + stdout)?.[1] ?? null;
  } catch {
    return null;
  }
}

/** Up to Java 8, versions begin with `1.`: Java 8 is `1.8`. */
function majorOf(version: string): number {
  const [first = 0, second = 0] = version.split(/[.\-+_]/).map(Number);
  return first === 1 ? second : first;
}
