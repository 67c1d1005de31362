/**
 * `docs/openapi.json` is what the service serves at `/api/openapi.json` with its default settings. The application is put
 * together as at a start, but none of its providers is made (Nest's preview), so this needs no Kafka and no PostgreSQL.
 */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { format, resolveConfig } from 'prettier';
import { expect, it } from 'vitest';
import { setUpApi } from '../../src/api.ts';
import { AppModule } from '../../src/app.module.ts';
import { readSettings } from '../../src/settings.ts';
import { createHttpAdapter } from '../../src/rest/http.ts';
import { REQUIRED_SETTINGS } from './samples.ts';

it('docs/openapi.json is what the service serves; else run `npm run docs:openapi`', async () => {
  const settings = readSettings(REQUIRED_SETTINGS);
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.with(settings),
    createHttpAdapter(settings, 1),
    { preview: true, logger: false, abortOnError: false },
  );
  setUpApi(app, settings);
  const { body } = await app.getHttpAdapter().getInstance().inject('/api/openapi.json');
  await app.close();
  const style = await resolveConfig('docs/openapi.json');
  const text = await format(body, { ...style, parser: 'json' });
  await expect(text).toMatchFileSnapshot('../../docs/openapi.json');
});
