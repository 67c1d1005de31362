/** `npm start`: runs the stack until somebody stops it. Whatever happens, nothing of it runs any more when this resolves. */
import { readDevSettings } from './dev-settings.ts';
import { explainEnd } from './explain.ts';
import { pageAddress } from './page-address.ts';
import { StackStarter, type Stack } from './stack.ts';
import { listenForStop } from './stop-request.ts';

/** @returns the exit code. */
export async function runStack(main: string): Promise<number> {
  const stop = listenForStop();
  let starter: StackStarter | null = null;
  let code = 0;
  try {
    starter = new StackStarter({
      settings: readDevSettings(),
      main,
      output: process.stdout.isTTY ? 'pretty' : 'raw',
      signal: stop.signal,
      report: say,
    });
    const { kill } = starter;
    stop.onHurry(() => void kill().catch(() => undefined));
    const stack = await starter.start();
    say(banner(stack));
    await Promise.race([stop.requested, stack.broken]);
    say('Stopping: requests under way are finished first …');
  } catch (error) {
    if (!stop.signal.aborted) code = explainEnd(error);
  }
  await starter?.stop();
  if (stop.signal.aborted) say('Stopped.');
  return code;
}

function say(line: string): void {
  console.log(line);
}

function banner(stack: Stack): string {
  return `
  User Webhooks is running.

    Admin page   ${pageAddress(stack)}
    API          ${stack.url}/api/v1
    API docs     ${stack.url}/api/docs
    Admin token  ${stack.adminToken}
    Kafka        ${stack.kafkaBrokers}
    PostgreSQL   ${withoutOwnPassword(stack.databaseUrl)}

  Ctrl-C stops everything.
`;
}

/** Masks a password of the developer's own. That of the embedded PostgreSQL is no secret. */
function withoutOwnPassword(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  if (url.password !== '' && url.password !== 'postgres') url.password = '***';
  return url.href;
}
