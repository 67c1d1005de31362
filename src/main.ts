/**
 * Starts the process: settings, topics, migrations, stored secrets, application and consumer, in this order. If one fails,
 * the process prints one clear sentence and ends with exit code 1. SIGTERM and SIGINT drain it (`Lifecycle`) and end it with
 * exit code 0.
 */
import 'reflect-metadata';
import { Logger, ShutdownSignal } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger as PinoLogger } from 'nestjs-pino';
import { setUpApi } from './api.ts';
import { AppModule } from './app.module.ts';
import { connectionsOfRest, fitToOpenFiles, openFilesLimit } from './config/open-files.ts';
import { explain, StartError } from './config/start-error.ts';
import { VERSION } from './config/version.ts';
import { runMigrations } from './database/migrate.ts';
import { createHttpAdapter } from './rest/http.ts';
import { BatchTransport } from './kafka/batch-transport.ts';
import { ensureTopics } from './kafka/topics.ts';
import { Lifecycle } from './lifecycle.ts';
import { Spans } from './metrics/spans.ts';
import { startTracing } from './metrics/tracing.ts';
import { PageFiles } from './page/page-files.ts';
import { servePage } from './page/serve-page.ts';
import { StoredSecrets } from './secrets/stored-secrets.ts';
import { maskedSettings, readSettings, settingsWarnings, type Settings } from './settings.ts';

async function start(given: Settings): Promise<void> {
  const openFiles = openFilesLimit();
  const { settings, warnings } = fitToOpenFiles(given, openFiles);
  const topicWarnings = await ensureTopics(settings);
  await runMigrations(settings.DATABASE_URL);
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.with(settings, await makeSpans(settings)),
    createHttpAdapter(settings, connectionsOfRest(openFiles)),
    {
      bufferLogs: true,
      abortOnError: false,
    },
  );
  app.useLogger(app.get(PinoLogger));
  const logger = new Logger('Main');
  logger.log({ version: VERSION, settings: maskedSettings(settings) }, 'starting');
  for (const warning of [...settingsWarnings(settings), ...warnings, ...topicWarnings]) logger.warn(warning);
  await app.get(StoredSecrets).prepare();
  setUpApi(app, settings);
  await servePage(app, new PageFiles());
  app.enableShutdownHooks([ShutdownSignal.SIGTERM, ShutdownSignal.SIGINT], { useProcessExit: true });
  if (settings.ROLES.includes('dispatch')) app.connectMicroservice({ strategy: app.get(BatchTransport) });
  await app.init();
  await app.get(Lifecycle).start();
  await listen(app, settings);
  await app.startAllMicroservices();
  logger.log({ url: await app.getUrl() }, 'ready');
}

async function makeSpans({ TRACING, TRACING_SHARE: share }: Settings): Promise<Spans> {
  return TRACING ? new Spans(await startTracing({ version: VERSION, share })) : Spans.off;
}

async function listen(app: NestFastifyApplication, { HOST, PORT }: Settings): Promise<void> {
  try {
    await app.listen(PORT, HOST);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new StartError(`The HTTP server cannot listen on ${HOST}:${PORT} (${code}): correct HOST or PORT`, {
      cause: error,
    });
  }
}

try {
  await start(readSettings(process.env));
} catch (error) {
  process.stderr.write(`user-webhooks did not start: ${explain(error)}\n`);
  process.exit(1);
}
