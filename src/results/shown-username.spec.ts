import { expect, it } from 'vitest';
import { shownUsername } from './shown-username.ts';

it.each([
  ['plain', 'jdoe'],
  ['hashed', 'd30a5f57532a603697ccbb51558fa02ccadd74a0c499fcf9d45b33863ee1582f'],
  ['omitted', null],
] as const)('a user name as %s', (as, shown) => {
  expect(shownUsername(as)('jdoe')).toBe(shown);
});
