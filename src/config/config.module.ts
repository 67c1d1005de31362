/**
 * Offers the settings to every room under the token `SETTINGS`. Each takes them as what it declared itself, or a room
 * that it may import. They were read and checked before Nest started (`main.ts`), so a wrong setting is one clear
 * sentence and nothing is half-started.
 */
import { Global, Module, type DynamicModule } from '@nestjs/common';

/** The injection token of the settings. */
export const SETTINGS = Symbol('settings');

@Global()
@Module({})
export class ConfigModule {
  static with(settings: object): DynamicModule {
    return {
      module: ConfigModule,
      providers: [{ provide: SETTINGS, useValue: settings }],
      exports: [SETTINGS],
    };
  }
}
