import { expect, it } from 'vitest';
import { HeldRows } from './held-rows.ts';

it('counts deliveries and their bytes, by webhook, of some, and of all', () => {
  const held = new HeldRows();
  held.take('a', 10);
  held.take('a', 20);
  held.take('b', 5);
  expect(held.of('a')).toEqual({ deliveries: 2, bytes: 30 });
  expect(held.ofThose((webhookId) => webhookId !== 'a')).toEqual({ deliveries: 1, bytes: 5 });
  expect(held.all).toEqual({ deliveries: 3, bytes: 35 });
  held.giveBack('a', 10);
  held.giveBack('a', 20);
  expect(held.of('a')).toEqual({ deliveries: 0, bytes: 0 });
  expect(held.all).toEqual({ deliveries: 1, bytes: 5 });
});
