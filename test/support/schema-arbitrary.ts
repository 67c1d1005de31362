/**
 * Random values that a JSON Schema accepts, as far as the schemas of this service's OpenAPI document go, and values that
 * are nearly so. `format` and `pattern` are honoured; lengths stay small.
 */
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc, { type Arbitrary } from 'fast-check';

export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: unknown[];
  readonly anyOf?: Schema[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly items?: Schema;
  readonly required?: string[];
  readonly properties?: Record<string, Schema>;
  readonly propertyNames?: object;
  readonly additionalProperties?: Schema | boolean;
}

const MAX_LENGTH = 40;
const MAX_ITEMS = 4;
const ajv = new Ajv2020({ strict: false });

export class SchemaArbitrary {
  /**
   * @param definitions what `#/components/schemas/` refers to.
   * @param members values of members of these names, whatever their schema says.
   */
  constructor(
    private readonly definitions: Readonly<Record<string, Schema>>,
    private readonly members: Readonly<Record<string, Arbitrary<unknown>>> = {},
  ) {}

  valid(schema: Schema): Arbitrary<unknown> {
    if (schema.$ref !== undefined) return this.valid(this.#target(schema.$ref));
    if (schema.enum) return fc.constantFrom(...schema.enum);
    if (schema.anyOf) return fc.oneof(...schema.anyOf.map((option) => this.valid(option)));
    switch (schema.type) {
      case 'null':
        return fc.constant(null);
      case 'boolean':
        return fc.boolean();
      case 'integer':
        return fc.integer({ min: schema.minimum ?? -1_000, max: schema.maximum ?? 1_000 });
      case 'string':
        return stringOf(schema);
      case 'array':
        return this.#array(schema);
      case 'object':
        return this.#object(schema);
      case undefined:
      default:
        return fc.jsonValue({ maxDepth: 1 });
    }
  }

  /** A valid value of which one member is something else, is missing or is too much; or any other value. */
  broken(schema: Schema): Arbitrary<unknown> {
    const spoiled = fc
      .tuple(this.valid(schema), fc.nat(), fc.oneof(fc.jsonValue(), fc.constant(undefined)), fc.string())
      .map(([value, pick, other, name]) => {
        if (typeof value !== 'object' || value === null) return other ?? null;
        const names = [...Object.keys(value), name];
        return { ...value, [names[pick % names.length] ?? name]: other };
      });
    return fc.oneof(
      { weight: 4, arbitrary: spoiled },
      { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
    );
  }

  #target(reference: string): Schema {
    const found = this.definitions[reference.slice('#/components/schemas/'.length)];
    if (!found) throw new Error(`${reference} leads nowhere`);
    return found;
  }

  #array({
    items = {},
    minItems = 0,
    maxItems = MAX_ITEMS,
    uniqueItems = false,
  }: Schema): Arbitrary<unknown> {
    const length = { minLength: minItems, maxLength: Math.min(maxItems, MAX_ITEMS) };
    return uniqueItems ? fc.uniqueArray(this.valid(items), length) : fc.array(this.valid(items), length);
  }

  #object(schema: Schema): Arbitrary<unknown> {
    const { properties = {}, required = [], propertyNames, additionalProperties } = schema;
    const members = Object.entries(properties).map(
      ([name, member]) => [name, this.members[name] ?? this.valid(member)] as const,
    );
    const fixed = fc.record(Object.fromEntries(members), {
      requiredKeys: members.map(([name]) => name).filter((name) => required.includes(name)),
    });
    if (typeof additionalProperties !== 'object') return fixed;
    const more = fc.dictionary(nameOf(propertyNames), this.valid(additionalProperties), { maxKeys: 3 });
    return fc.tuple(more, fixed).map((parts) => Object.assign({}, ...parts) as unknown);
  }
}

function stringOf({ format, pattern, minLength = 0, maxLength = MAX_LENGTH }: Schema): Arbitrary<string> {
  const length = { minLength, maxLength: Math.min(maxLength, MAX_LENGTH) };
  if (format === 'uuid') return fc.uuid();
  if (format === 'date-time')
    return fc.date({ noInvalidDate: true, ...YEARS }).map((date) => date.toISOString());
  if (pattern === undefined) return fc.string(length);
  return fc.stringMatching(new RegExp(pattern, 'u'), { maxLength: length.maxLength });
}

const YEARS = { min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T00:00:00Z') };

function nameOf(schema: object = {}): Arbitrary<string> {
  const accepts = ajv.compile(schema);
  const { pattern = '^[a-z]+$' } = schema as Schema;
  return fc.stringMatching(new RegExp(pattern), { maxLength: 10 }).filter((name) => accepts(name));
}
