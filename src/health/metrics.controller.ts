/**
 * `GET /metrics` for Prometheus, in its text format. It needs no token, because nothing in it is secret. Calls within one
 * second share one answer.
 */
import { Controller, Get, Header } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Registry } from 'prom-client';
import { Public } from '../auth/route-access.ts';
import { Metrics } from '../metrics/metrics.ts';
import { shared } from '../rest/shared-answer.ts';

const SHARED_MS = 1_000;

@ApiExcludeController()
@Controller('metrics')
export class MetricsController {
  readonly #text: () => Promise<string>;

  constructor({ registry }: Metrics) {
    this.#text = shared(() => registry.metrics(), SHARED_MS);
  }

  @Public()
  @Get()
  @Header('Content-Type', Registry.PROMETHEUS_CONTENT_TYPE)
  async metrics(): Promise<string> {
    return this.#text();
  }
}
