/**
 * One JSON line per happening, through pino. A request's line has its id, method, path and status; headers, and with
 * them tokens, are never logged.
 */
import type { DynamicModule } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import type { Settings } from './config/config.module.ts';

interface LoggedRequest {
  id: unknown;
  method: string;
  url: string;
}

/** A middleware sees the path that is left of its own; the whole one stands beside it. */
function isProbe(request: { readonly url?: string | undefined; readonly originalUrl?: string }): boolean {
  return (request.originalUrl ?? request.url)?.startsWith('/health/') ?? false;
}

export function logging(settings: Settings): DynamicModule {
  return LoggerModule.forRoot({
    pinoHttp: {
      level: settings.LOG_LEVEL,
      autoLogging: { ignore: isProbe },
      quietReqLogger: true,
      serializers: {
        req: ({ id, method, url }: LoggedRequest) => ({ id, method, url }),
        res: ({ statusCode }: { statusCode: number }) => ({ statusCode }),
      },
    },
  });
}
