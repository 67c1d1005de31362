/**
 * The two DataSources of the process: one for REST, one for the deliveries. `main.ts` runs the migrations before, so no
 * room ever sees an old schema. Rooms register their entities with `TypeOrmModule.forFeature`.
 */
import { Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule, type TypeOrmModuleAsyncOptions } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { SETTINGS } from '../config/config.module.ts';
import type { DatabaseSettings } from '../config/database.settings.ts';
import { dataSourceOptions, FOR_DELIVERIES } from './data-source.ts';

function connections(
  purpose: 'rest' | 'deliveries',
  named: Pick<TypeOrmModuleAsyncOptions, 'name'>,
): DynamicModule {
  return TypeOrmModule.forRootAsync({
    ...named,
    inject: [SETTINGS],
    useFactory: (settings: DatabaseSettings) => ({
      ...dataSourceOptions(settings.DATABASE_URL, purpose),
      autoLoadEntities: true,
      toRetry: () => false,
    }),
    dataSourceFactory: async (options) => {
      if (options?.type !== 'postgres') throw new Error('The data source must be of type postgres');
      return new DataSource(options).initialize();
    },
  });
}

@Module({ imports: [connections('rest', {}), connections('deliveries', { name: FOR_DELIVERIES })] })
export class DatabaseModule {}
