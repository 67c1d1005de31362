import { beforeEach, describe, expect, it } from 'vitest';
import { lockedPart, Lockout } from './lockout.ts';

const GUESSER = '203.0.113.7';
const MINUTE = 60_000;

let now: number;
let lockout: Lockout;

beforeEach(() => {
  now = 1_000_000;
  lockout = new Lockout(() => now, 3);
});

/** @returns which of the guesses locked the address out. */
function guess(times: number, address = GUESSER): number[] {
  return Array.from({ length: times }, () => lockout.noteWrongToken(address)).flatMap((locked, at) =>
    locked ? [at + 1] : [],
  );
}

describe('an address that guesses', () => {
  it('is locked out for a minute by the tenth wrong token within a minute', () => {
    expect(guess(9)).toEqual([]);
    expect(lockout.remainingMs(GUESSER)).toBe(0);
    expect(guess(1)).toEqual([1]);
    expect(lockout.remainingMs(GUESSER)).toBe(MINUTE);
    now += MINUTE - 1;
    expect(lockout.remainingMs(GUESSER)).toBe(1);
    now += 1;
    expect(lockout.remainingMs(GUESSER)).toBe(0);
  });

  it('is not locked out when it takes its time', () => {
    guess(9);
    now += MINUTE;
    expect(guess(9)).toEqual([]);
  });

  it('is locked out for twice as long each time, up to an hour', () => {
    const locks = Array.from({ length: 8 }, () => {
      guess(10);
      const lock = lockout.remainingMs(GUESSER);
      now += lock;
      return lock / MINUTE;
    });
    expect(locks).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
  });

  it('is forgiven after a day', () => {
    guess(10);
    now += MINUTE;
    guess(10);
    now += 2 * MINUTE + 24 * 60 * MINUTE;
    guess(10);
    expect(lockout.remainingMs(GUESSER)).toBe(MINUTE);
  });

  it.each([GUESSER, '[2001:db8::1]'])('is no other with another port, as some proxies write it: %s', (ip) => {
    const locks = Array.from({ length: 10 }, (_, at) => lockout.noteWrongToken(`${ip}:${50_000 + at}`));
    expect(locks.indexOf(true)).toBe(9);
    expect(lockout.remainingMs(`${ip}:60000`)).toBe(MINUTE);
  });

  it('harms no other', () => {
    guess(10);
    expect(lockout.remainingMs('203.0.113.8')).toBe(0);
  });

  it('is forgotten only when too many others guess after it', () => {
    guess(10);
    guess(1, 'a');
    guess(1, 'b');
    expect(lockout.remainingMs(GUESSER)).toBe(MINUTE);
    guess(1, 'c');
    expect(lockout.remainingMs(GUESSER)).toBe(0);
  });
});

describe('what is locked out', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['[2001:db8:1:2::7]:443', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80::/64'],
    ['nonsense', 'nonsense'],
  ])('of %s is %s', (address, part) => {
    expect(lockedPart(address)).toBe(part);
  });
});
