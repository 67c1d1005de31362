/**
 * The one DataSource of the process. `main.ts` runs the migrations before it is made, so no room ever sees an old
 * schema. Rooms bring their entities with `TypeOrmModule.forFeature`.
 */
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { SETTINGS } from '../config/config.module.ts';
import type { DatabaseSettings } from '../config/database.settings.ts';
import { dataSourceOptions } from './data-source.ts';

@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [SETTINGS],
      useFactory: (settings: DatabaseSettings) => ({
        ...dataSourceOptions(settings.DATABASE_URL),
        autoLoadEntities: true,
        toRetry: () => false,
      }),
      dataSourceFactory: async (options) => {
        if (options?.type !== 'postgres') throw new Error('The data source is always Postgres');
        return new DataSource(options).initialize();
      },
    }),
  ],
})
export class DatabaseModule {}
