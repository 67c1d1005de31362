import fc from 'fast-check';
import { v5 as uuidv5 } from 'uuid';
import { expect, it } from 'vitest';
import { deliveryId } from './delivery.ts';

it('derives the UUIDv5 of a delivery', () => {
  fc.assert(
    fc.property(fc.string(), fc.string({ unit: 'binary' }), fc.uuid(), (idScope, id, webhookId) => {
      const expected = uuidv5(
        JSON.stringify([idScope, id, webhookId]),
        '6f2d5c0e-7a43-5d0b-9b1c-2f6c1d3b8a55',
      );
      expect(deliveryId({ idScope, id }, webhookId)).toBe(expected);
    }),
  );
});
