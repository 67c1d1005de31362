/**
 * `npm run demo`: shows what the service does. It uses a service that is running already. Otherwise it starts everything
 * and stops it again. When every request and every record was seen, it shows where the admin page has them, and waits for
 * Ctrl-C; with `--exit` it ends at once. Exit code 0 means that all was seen.
 */
import { join } from 'node:path';
import { readAdminToken } from './data-dir.ts';
import { runDemo, type DemoTarget } from './demo/run-demo.ts';
import { readDevSettings, type DevSettings } from './dev-settings.ts';
import { explainEnd } from './explain.ts';
import { Fault } from './fault.ts';
import { kafkaSecurity } from './kafka-security.ts';
import { askReady } from './service-process.ts';
import { StackStarter, urlOf } from './stack.ts';
import { pageAddress } from './page-address.ts';
import { listenForStop, type StopRequest } from './stop-request.ts';

const MAIN = join(import.meta.dirname, '..', 'dist', 'main.js');

async function demonstrate(stop: StopRequest): Promise<void> {
  const settings = readDevSettings();
  const url = urlOf(settings.host, settings.port);
  const running = settings.port === 0 ? null : await askReady(url);
  const common = {
    eventsTopic: settings.eventsTopic,
    deliveriesTopic: settings.deliveriesTopic,
    kafkaSecurity: settings.kafkaBrokers === null ? {} : kafkaSecurity(settings.environment),
    signal: stop.signal,
  };
  if (running?.status === 200) {
    const target = targetOf(settings, url);
    await runDemo({ ...common, ...target, onSeen: (id) => letLook(target, id, stop) });
    return;
  }
  const starter = new StackStarter({
    settings,
    main: MAIN,
    output: 'file',
    signal: stop.signal,
    report: (line) => {
      console.log(line);
    },
  });
  stop.onHurry(() => void starter.kill().catch(() => undefined));
  const stack = await starter.start();
  try {
    const onSeen = (id: string): Promise<void> => letLook(stack, id, stop);
    await Promise.race([runDemo({ ...common, ...stack, onSeen }), stack.broken]);
  } finally {
    if (stop.signal.aborted) console.log('Stopping …');
    await starter.stop();
    if (stop.signal.aborted) console.log('Stopped.');
  }
}

/** The webhook and its receiver stay as long as somebody looks at them. */
async function letLook(
  { url, adminToken }: Pick<DemoTarget, 'url' | 'adminToken'>,
  webhookId: string,
  stop: StopRequest,
): Promise<void> {
  if (process.argv.includes('--exit')) return;
  console.log(
    `\nLook at it on the admin page, and send a test:\n\n  ${pageAddress({ url, adminToken }, `/webhooks/${webhookId}`)}\n\nCtrl-C ends the demo.`,
  );
  await stop.requested;
}

function targetOf(
  settings: DevSettings,
  url: string,
): Pick<DemoTarget, 'url' | 'adminToken' | 'kafkaBrokers'> {
  const adminToken = settings.adminToken ?? readAdminToken(settings.dataDir);
  if (adminToken === null) {
    throw new Fault(`A service runs at ${url}, but its admin token is not known here: set ADMIN_TOKEN.`);
  }
  const kafkaBrokers = settings.kafkaBrokers ?? `127.0.0.1:${settings.embeddedKafkaPort}`;
  console.log(`Using the service that runs at ${url}.`);
  return { url, adminToken, kafkaBrokers };
}

const stop = listenForStop();
try {
  await demonstrate(stop);
  process.exit(0);
} catch (error) {
  process.exit(stop.signal.aborted ? 1 : explainEnd(error));
}
