/** The answer of `GET /session`, as a zod schema. The OpenAPI document is made from it. */
import { z } from 'zod';
import { ROLES } from '../model/actor.ts';
import { componentSchemas, type JsonSchema } from '../rest/json-schema.ts';
import { signInView } from './sign-in.dto.ts';

const sessionView = z.strictObject({
  actor: z.string().meta({ description: 'Name of the token, or subject of the identity provider' }),
  actor_kind: z.enum(['token', 'oidc']).meta({
    description: '`token`: a token of the settings; `oidc`: the identity provider',
  }),
  role: z.enum(ROLES).meta({ description: 'A viewer may only read' }),
  expires_at: z.string().nullable().meta({
    format: 'date-time',
    description: 'When the session of the admin page ends; `null` for a bearer token',
  }),
  version: z.string().meta({ description: 'Version of the service' }),
});
export type SessionView = z.output<typeof sessionView>;

export function sessionComponents(): Record<string, JsonSchema> {
  return componentSchemas({ Session: sessionView, SignIn: signInView }, 'output');
}
