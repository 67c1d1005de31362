/** Offers the metrics to every room. */
import { Global, Module, type DynamicModule } from '@nestjs/common';
import { Metrics } from './metrics.ts';

@Global()
@Module({})
export class MetricsModule {
  static with(options: Metrics['options']): DynamicModule {
    return {
      module: MetricsModule,
      providers: [{ provide: Metrics, useFactory: () => new Metrics(options) }],
      exports: [Metrics],
    };
  }
}
