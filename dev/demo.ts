/**
 * `npm run demo`: shows what the service does. It uses a service that is running already. Otherwise it starts everything
 * and stops it again. Exit code 0 means that every request and every record was seen.
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
    await runDemo({ ...common, ...targetOf(settings, url) });
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
    await Promise.race([runDemo({ ...common, ...stack }), stack.broken]);
  } finally {
    await starter.stop();
  }
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
  console.log('\nAll four requests and all four records were seen.');
  process.exit(0);
} catch (error) {
  process.exit(stop.signal.aborted ? 1 : explainEnd(error));
}
