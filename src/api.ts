/** Puts the REST API together: the check of tokens, the answers to errors, and the OpenAPI document of all rooms. */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { auditComponents } from './audit/audit.openapi.ts';
import { askForTokens } from './auth/admission.ts';
import { BearerTokens } from './auth/bearer-tokens.ts';
import { discoveryUrl } from './auth/issuer-keys.ts';
import { sessionComponents } from './auth/session.dto.ts';
import { databaseProblem } from './database/unavailable.ts';
import { answerOnly } from './rest/answer-only.ts';
import { configureHttp } from './rest/http.ts';
import { setUpOpenApi, type OpenApiParts } from './rest/openapi.ts';
import { secretsProblem } from './secrets/problems.ts';
import type { Settings } from './settings.ts';
import { testSendComponents } from './test-send/test-send.dto.ts';
import { webhookComponents } from './webhooks/webhook.schemas.ts';

/** What a process without the role `api` answers. */
const WITHOUT_API = ['/health/live', '/health/ready', '/metrics'];

export function setUpApi(app: NestFastifyApplication, settings: Settings): void {
  if (!settings.ROLES.includes('api')) {
    configureHttp(app, [databaseProblem]);
    answerOnly(app.getHttpAdapter().getInstance(), WITHOUT_API);
    return;
  }
  askForTokens(app.getHttpAdapter().getInstance(), () => app.get(BearerTokens));
  configureHttp(app, [databaseProblem, secretsProblem]);
  setUpOpenApi(app, openApiParts(settings));
}

function openApiParts(settings: Settings): OpenApiParts {
  const { OIDC_ISSUER: issuer } = settings;
  return {
    schemas: {
      ...webhookComponents(settings),
      ...auditComponents(),
      ...testSendComponents(),
      ...sessionComponents(),
    },
    openIdConnectUrl: issuer === undefined ? null : discoveryUrl(issuer),
  };
}
