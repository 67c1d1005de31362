/**
 * Offers the settings to every room under the token `SETTINGS`. A room injects them with the type of its own declaration,
 * or of a room that it may import.
 *
 * `main.ts` has read and checked them before Nest starts. So a wrong setting gives one clear sentence, and nothing is
 * left half-started.
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
