/**
 * The OpenAPI document (3.1) at `/api/openapi.json`, browsable at `/api/docs`; neither needs a token. Schemas come
 * from the rooms' zod schemas, so the document and the checks cannot differ.
 */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { auditComponents } from './audit/audit.openapi.ts';
import { discoveryUrl } from './auth/issuer-keys.ts';
import { SETTINGS, type Settings } from './config/config.module.ts';
import { VERSION } from './config/version.ts';
import { attemptSchema } from './model/attempt.ts';
import { componentSchemas } from './model/json-schema.ts';
import { problemSchema } from './model/problem.ts';
import { testSendInput } from './pipeline/test-send.controller.ts';
import { webhookComponents } from './webhooks/webhook.schemas.ts';

export function setUpOpenApi(app: NestFastifyApplication): void {
  const document = openApiDocument(app, app.get<Settings>(SETTINGS));
  SwaggerModule.setup('api/docs', app, document, {
    jsonDocumentUrl: 'api/openapi.json',
    raw: ['json'],
    customSiteTitle: 'User Webhooks: API',
    // A token is not for a browser to keep.
    swaggerOptions: { persistAuthorization: false, validatorUrl: null },
  });
}

export function openApiDocument(app: NestFastifyApplication, settings: Settings): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.1')
    .setTitle('User Webhooks')
    .setDescription('Delivers user lifecycle events from a Kafka topic to webhooks.')
    .setVersion(VERSION)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/')
    .addTag('webhooks', 'Where events are delivered')
    .addTag('triggers', 'What can be delivered')
    .addTag('signatures', 'What receivers check requests with')
    .addTag('audit', 'Who changed what')
    .addBearerAuth({
      type: 'http',
      description: 'A token of the settings, with role admin or viewer; a viewer may only read',
    })
    .build();
  const document = SwaggerModule.createDocument(app, config);
  if (settings.OIDC_ISSUER !== undefined) offerOpenIdConnect(document, settings.OIDC_ISSUER);
  const schemas = {
    ...webhookComponents(settings),
    ...auditComponents(),
    ...componentSchemas({ TestSendInput: testSendInput }, 'input'),
    ...componentSchemas({ Attempt: attemptSchema, Problem: problemSchema }, 'output'),
  };
  document.components = { ...document.components, schemas: { ...document.components?.schemas, ...schemas } };
  return document;
}

/** Where a bearer token is taken, a JWT of the issuer is taken as well. */
function offerOpenIdConnect(document: OpenAPIObject, issuer: string): void {
  document.components = {
    ...document.components,
    securitySchemes: {
      ...document.components?.securitySchemes,
      oidc: { type: 'openIdConnect', openIdConnectUrl: discoveryUrl(issuer) },
    },
  };
  for (const path of Object.values(document.paths)) {
    for (const { security } of [path.get, path.put, path.post, path.patch, path.delete].flatMap(
      (found) => found ?? [],
    ))
      security?.push({ oidc: [] });
  }
}
