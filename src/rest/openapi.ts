/**
 * Serves the OpenAPI document (3.1) at `/api/openapi.json`, and a page to browse it at `/api/docs`. Neither needs a token.
 *
 * The rooms pass in component schemas made from the zod schemas that check requests. So document and checks agree.
 */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { VERSION } from '../config/version.ts';
import { componentSchemas, type JsonSchema } from './json-schema.ts';
import { problemSchema } from './problem.ts';

/** What `src/api.ts` collects from the rooms for the document. */
export interface OpenApiParts {
  /** Component schemas by name, as routes refer to them. */
  readonly schemas: Readonly<Record<string, JsonSchema>>;
  /** URL of the issuer's OpenID Connect discovery document; null if no issuer is set. */
  readonly openIdConnectUrl: string | null;
}

export function setUpOpenApi(app: NestFastifyApplication, parts: OpenApiParts): void {
  const document = openApiDocument(app, parts);
  SwaggerModule.setup('api/docs', app, document, {
    jsonDocumentUrl: 'api/openapi.json',
    raw: ['json'],
    customSiteTitle: 'User Webhooks: API',
    // A browser must not keep a token.
    swaggerOptions: { persistAuthorization: false, validatorUrl: null },
  });
}

function openApiDocument(app: NestFastifyApplication, parts: OpenApiParts): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.1')
    .setTitle('User Webhooks')
    .setDescription('Delivers user lifecycle events from a Kafka topic to webhooks.')
    .setVersion(VERSION)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/')
    .addTag('webhooks', 'Where events are delivered')
    .addTag('triggers', 'What can be delivered')
    .addTag('deliveries', 'What becomes of events')
    .addTag('dead letters', 'Records that are no readable event')
    .addTag('signatures', 'The key with which receivers check requests')
    .addTag('replays', 'What is sent again')
    .addTag('history', 'What became of deliveries')
    .addTag('audit', 'Who changed what')
    .addTag('session', 'Whom a token speaks for')
    .addBearerAuth({
      type: 'http',
      description: 'A token of the settings, with role admin or viewer; a viewer may only read',
    })
    .build();
  const document = SwaggerModule.createDocument(app, config);
  if (parts.openIdConnectUrl !== null) offerOpenIdConnect(document, parts.openIdConnectUrl);
  const schemas = { ...parts.schemas, ...componentSchemas({ Problem: problemSchema }, 'output') };
  document.components = { ...document.components, schemas: { ...document.components?.schemas, ...schemas } };
  return document;
}

/** Every route that accepts a bearer token also accepts a JWT of the issuer. */
function offerOpenIdConnect(document: OpenAPIObject, openIdConnectUrl: string): void {
  document.components = {
    ...document.components,
    securitySchemes: {
      ...document.components?.securitySchemes,
      oidc: { type: 'openIdConnect', openIdConnectUrl },
    },
  };
  for (const path of Object.values(document.paths)) {
    for (const { security } of [path.get, path.put, path.post, path.patch, path.delete].flatMap(
      (found) => found ?? [],
    ))
      security?.push({ oidc: [] });
  }
}
