/**
 * The spans of an event: one when it is received, then one for each delivery, attempt, published record and stored row.
 * They use OpenTelemetry's API. Without an SDK (`tracing.ts`) there are no spans, and all that remains is one check.
 *
 * Attributes are ids, places and names of servers. There are no secrets, no users, and no paths or queries of URLs, which
 * may be secret.
 */
import {
  context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
  type TextMapPropagator,
  type Tracer,
} from '@opentelemetry/api';

/** W3C Trace Context, as headers of a record or a request have it. */
export interface TraceHeaders {
  readonly traceparent: string;
  readonly tracestate?: string;
}

/** A span that has begun. */
export class OpenSpan {
  #ended = false;

  constructor(
    private readonly span: Span,
    /** For whoever is called within the span. */
    readonly headers: TraceHeaders,
  ) {}

  set(attributes: Attributes): void {
    this.span.setAttributes(attributes);
  }

  /** @param errorType what went wrong, as one word; null where nothing did. Only the first call counts. */
  end(errorType: string | null = null): void {
    if (this.#ended) return;
    this.#ended = true;
    if (errorType !== null) {
      this.span.setAttribute('error.type', errorType);
      this.span.setStatus({ code: SpanStatusCode.ERROR });
    }
    this.span.end();
  }
}

/** What makes spans, once tracing has been started. */
export interface TracingSdk {
  readonly tracer: Tracer;
  readonly propagator: TextMapPropagator;
  /** Exports what is left. */
  close(): Promise<void>;
}

const KINDS = {
  receive: SpanKind.CONSUMER,
  deliver: SpanKind.INTERNAL,
  attempt: SpanKind.CLIENT,
  publish: SpanKind.PRODUCER,
  store: SpanKind.CLIENT,
};

export class Spans {
  static readonly off = new Spans(null);

  constructor(private readonly sdk: TracingSdk | null) {}

  get on(): boolean {
    return this.sdk !== null;
  }

  /**
   * @param parent of the record, or of the span around it; null where there is none.
   * @returns null while there is no tracing: ask `on` before anything is made for it.
   */
  begin(
    kind: keyof typeof KINDS,
    name: string,
    parent: TraceHeaders | null,
    attributes: Attributes,
  ): OpenSpan | null {
    if (!this.sdk) return null;
    const { tracer, propagator } = this.sdk;
    const around = parent
      ? propagator.extract(context.active(), parent, defaultTextMapGetter)
      : context.active();
    const span = tracer.startSpan(name, { kind: KINDS[kind], attributes }, around);
    return new OpenSpan(span, headersOf(propagator, trace.setSpan(around, span)));
  }

  async close(): Promise<void> {
    await this.sdk?.close();
  }
}

function headersOf(propagator: TextMapPropagator, within: Context): TraceHeaders {
  const headers: Record<string, string> = {};
  propagator.inject(within, headers, defaultTextMapSetter);
  const { traceparent = '', tracestate } = headers;
  return tracestate === undefined ? { traceparent } : { traceparent, tracestate };
}
