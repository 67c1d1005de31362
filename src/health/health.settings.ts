/** The settings of metrics and traces. */
import { z } from 'zod';
import { flag } from '../config/setting-values.ts';
import type { SettingsDeclaration } from '../config/settings-declaration.ts';

const shape = {
  METRICS_BY_WEBHOOK: flag
    .default(false)
    .describe(
      'Have metrics of each webhook too, with its id as a label; for hundreds of webhooks, not for thousands',
    ),
  TRACING: flag
    .default(false)
    .describe(
      'Export traces by OTLP over HTTP; the variables of OpenTelemetry (`OTEL_EXPORTER_OTLP_ENDPOINT`) say where to',
    ),
  TRACING_SHARE: z
    .string()
    .regex(/^(?:0(?:\.\d{1,6})?|1(?:\.0{1,6})?)$/, 'must be a number from 0 to 1')
    .transform(Number)
    .default(1)
    .describe(
      'Share of traces to keep, from 0 to 1; only for traces that this service begins, else the producer decides',
    ),
};

export const healthSettings: SettingsDeclaration<typeof shape> = { shape };
