/**
 * OpenTelemetry's SDK, loaded only where tracing is asked for. Spans go out by OTLP over HTTP, a lot at a time; what the
 * collector does not take in time is dropped. OpenTelemetry's own variables say where to (`OTEL_EXPORTER_OTLP_ENDPOINT`),
 * with which headers, and what the service is called (`OTEL_SERVICE_NAME`).
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
