/**
 * `npm run webhooks -- export | apply | import-defguard`: webhooks as a file, through the REST API of a running service.
 *
 * It needs neither Kafka nor PostgreSQL, and none of the service's settings but a token.
 */
import { createInterface } from 'node:readline/promises';
import { explain } from './config/start-error.ts';
import { runWebhooksCommand } from './webhooks-as-code/command.ts';

async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}

try {
  process.exitCode = await runWebhooksCommand(process.argv.slice(2), process.env, {
    say: (text) => void process.stdout.write(text),
    note: (text) => void process.stderr.write(text),
    ask: process.stdin.isTTY ? ask : null,
  });
} catch (error) {
  process.stderr.write(`Nothing was changed: ${explain(error)}\n`);
  process.exitCode = 1;
}
