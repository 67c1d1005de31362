import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HmacSha256 } from './hmac-sha256.ts';

const bytes = (maxLength: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));

it("is node:crypto's, for keys of any length and however often it is used", () => {
  const message = fc.tuple(fc.string({ unit: 'binary' }), bytes(300));
  fc.assert(
    fc.property(bytes(130), fc.array(message, { minLength: 1, maxLength: 3 }), (key, messages) => {
      const hmac = new HmacSha256(key);
      for (const [head, body] of messages) {
        expect(hmac.digest(head, body)).toBe(
          createHmac('sha256', key).update(head).update(body).digest('base64'),
        );
      }
    }),
  );
});
