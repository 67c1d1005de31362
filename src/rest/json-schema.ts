/** Turns zod schemas into JSON Schema 2020-12 for OpenAPI 3.1. Each has a name, and they refer to each other by name. */
import { z } from 'zod';

export type JsonSchema = Record<string, unknown>;

/** @param io `input` for what a caller sends, where members with a default may be left out. `output` for answers. */
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

/** The schema of a parameter. It has no name. */
export function parameterSchema(schema: z.ZodType): JsonSchema {
  return withoutIdentity(z.toJSONSchema(schema, { io: 'input' }));
}

function withoutIdentity(schema: object): JsonSchema {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== '$schema' && name !== '$id'));
}
