/** JSON Schema 2020-12 of zod schemas, as OpenAPI 3.1 wants it: by name, and referring to each other by name. */
import { z } from 'zod';

export type JsonSchema = Record<string, unknown>;

/**
 * @param io whether the schemas describe what is taken (defaults may be left out) or what is given.
 */
export function componentSchemas(
  schemas: Record<string, z.ZodType>,
  io: 'input' | 'output',
): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id });
  const document = z.toJSONSchema(registry, { io, uri: (id) => `#/components/schemas/${id}` });
  return Object.fromEntries(
    Object.entries(document.schemas).map(([id, schema]) => [id, withoutIdentity(schema)]),
  );
}

/** What a parameter takes. */
export function parameterSchema(schema: z.ZodType): JsonSchema {
  return withoutIdentity(z.toJSONSchema(schema, { io: 'input' }));
}

function withoutIdentity(schema: object): JsonSchema {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== '$schema' && name !== '$id'));
}
