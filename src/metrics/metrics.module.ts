/** Offers the metrics and the spans to every room. */
import { Global, Module, type DynamicModule } from '@nestjs/common';
import { Metrics } from './metrics.ts';
import { Spans } from './spans.ts';

@Global()
@Module({})
export class MetricsModule {
  static with(options: Metrics['options'], spans: Spans): DynamicModule {
    return {
      module: MetricsModule,
      providers: [
        { provide: Metrics, useFactory: () => new Metrics(options) },
        { provide: Spans, useValue: spans },
      ],
      exports: [Metrics, Spans],
    };
  }
}
