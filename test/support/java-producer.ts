/** Produces with the reference Java client, from the broker's own class path, as other people's producers do. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { findJava } from '../../dev/java.ts';
import { classPathOf, KAFKA } from '../../dev/maven-jars.ts';
import { CACHE_DIR } from './embedded-services.ts';
import type { UserEventValue } from './topics.ts';

const SOURCE = fileURLToPath(new URL('CompressedProducer.java', import.meta.url));

export async function produceWithJava(
  { brokers, topic, codec }: { brokers: string; topic: string; codec: string },
  events: readonly UserEventValue[],
): Promise<void> {
  const classPath = await classPathOf(KAFKA, { cacheDir: CACHE_DIR, report: undefined, signal: undefined });
  const java = spawn(await findJava(), ['-cp', classPath, SOURCE, brokers, topic, codec], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let stderr = '';
  java.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  java.stdin.end(
    events.map((event) => `${String(event.data['username'])}\t${JSON.stringify(event)}\n`).join(''),
  );
  const [code] = (await once(java, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`the Java producer failed: ${stderr}`);
}
