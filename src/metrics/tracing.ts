/**
 * OpenTelemetry's SDK. It is loaded only if traces are asked for. Spans are sent in lots by OTLP over HTTP. Spans that
 * the collector does not take in time are dropped. OpenTelemetry's own variables set the address
 * (`OTEL_EXPORTER_OTLP_ENDPOINT`), the headers and the name of the service (`OTEL_SERVICE_NAME`).
 */
import type { TracingSdk } from './spans.ts';

export interface TracingOptions {
  readonly version: string;
  /** Of the traces that begin here, from 0 to 1; those of others are kept if the others keep them. */
  readonly share: number;
}

export async function startTracing({ version, share }: TracingOptions): Promise<TracingSdk> {
  const [sdk, exporter, resources, core] = await Promise.all([
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/core'),
  ]);
  const own = resources.resourceFromAttributes({
    'service.name': 'user-webhooks',
    'service.version': version,
  });
  const { resourceAttributesEnvDetector, serviceNameEnvDetector } = resources;
  const detectors = [resourceAttributesEnvDetector, serviceNameEnvDetector];
  const given = resources.detectResources({ detectors });
  const provider = new sdk.TracerProvider({
    resource: resources.defaultResource().merge(own).merge(given),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(share) }),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter: new exporter.OTLPTraceExporter() })],
  });
  return {
    tracer: provider.getTracer('user-webhooks', version),
    propagator: new core.W3CTraceContextPropagator(),
    close: () => provider.shutdown(),
  };
}
