/**
 * Offers the settings to every room under the token `SETTINGS`. They were read and checked before Nest started
 * (`main.ts`), so a wrong setting is one clear sentence and nothing is half-started.
 */
import { Global, Module, type DynamicModule } from '@nestjs/common';
import type { Environment } from './settings.ts';

/** The injection token of the settings. */
export const SETTINGS = Symbol('settings');
export type Settings = Environment;

@Global()
@Module({})
export class ConfigModule {
  static with(settings: Settings): DynamicModule {
    return {
      module: ConfigModule,
      providers: [{ provide: SETTINGS, useValue: settings }],
      exports: [SETTINGS],
    };
  }
}
