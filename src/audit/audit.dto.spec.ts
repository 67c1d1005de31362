import { expect, it } from 'vitest';
import { auditQuery } from './audit.dto.ts';

it.each(['2026-02-31T00:00:00Z', '2026-11-24T24:00:00Z', '2026-11-24T09:30:60Z', '2026-11-24T09:30:00'])(
  'a time that is none is refused: %s',
  (since) => {
    expect(auditQuery.safeParse({ since }).success).toBe(false);
    expect(auditQuery.safeParse({ until: since }).success).toBe(false);
  },
);

it('a leap second is the second before it, as no Date can hold it', () => {
  expect(auditQuery.parse({ since: '2016-12-31T23:59:60Z' }).since).toEqual(new Date('2016-12-31T23:59:59Z'));
});
