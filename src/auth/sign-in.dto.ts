/** The answer of `GET /sign-in`, as a zod schema. The OpenAPI document is made from it. */
import { z } from 'zod';

export const signInView = z.strictObject({
  oidc: z
    .strictObject({
      host: z.string().meta({ description: 'What people know the issuer by' }),
      start_url: z.string().meta({ format: 'uri', description: 'Where to send the browser' }),
    })
    .nullable()
    .meta({ description: '`null`: people sign in with tokens only' }),
  signed_in: z.boolean().meta({ description: 'Whether this browser has a session of the admin page' }),
});
export type SignInView = z.output<typeof signInView>;
