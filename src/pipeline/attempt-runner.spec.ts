import { validate, version } from 'uuid';
import { expect, it } from 'vitest';
import { attemptId } from './attempt-runner.ts';

it('makes a UUIDv7 that begins with the time', () => {
  const id = attemptId(0x0123456789ab);
  expect(validate(id) && version(id)).toBe(7);
  expect(id.startsWith('01234567-89ab-7')).toBe(true);
});

it('gives attempts of one millisecond ids of their own, and each its own time', () => {
  const ids = [1, 1, 2, 1].map(attemptId);
  expect(new Set(ids).size).toBe(4);
  expect(ids.map((id) => id.slice(9, 13))).toEqual(['0001', '0001', '0002', '0001']);
});
