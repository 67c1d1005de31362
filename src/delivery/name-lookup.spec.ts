import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { lookupPlaces, NameLookup } from './name-lookup.ts';

const ADDRESSES = [{ address: '192.0.2.1', family: 4 }];

describe('NameLookup', () => {
  /** Look-ups that were begun and not answered, by name. */
  const asked: { name: string; answer: () => void }[] = [];
  const answered: string[] = [];
  let names: NameLookup;

  beforeEach(() => {
    vi.useFakeTimers();
    asked.length = 0;
    answered.length = 0;
    names = new NameLookup(
      (name, _options, callback) => {
        asked.push({
          name,
          answer: () => {
            callback(null, ADDRESSES);
          },
        });
      },
      { quick: 1, unknown: 2, slow: 1 },
    );
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  function ask(...hosts: string[]): void {
    for (const host of hosts) {
      names.lookup(host, { all: true }, (_error, addresses) => {
        answered.push(`${host} ${addresses?.[0]?.address ?? ''}`);
      });
    }
  }

  function answerAfter(ms: number, ...hosts: string[]): void {
    vi.advanceTimersByTime(ms);
    for (const host of hosts) {
      const at = asked.findIndex(({ name }) => name === host);
      asked.splice(at, 1)[0]?.answer();
    }
  }

  it('asks once for a name that many wait for, and again when it is asked for again', () => {
    ask('a', 'a', 'a');
    expect(asked).toHaveLength(1);
    answerAfter(0, 'a');
    expect(answered).toEqual(['a 192.0.2.1', 'a 192.0.2.1', 'a 192.0.2.1']);
    ask('a');
    expect(asked).toHaveLength(1);
  });

  it('leaves threads to others: names that do not answer held up every name of the process', () => {
    ask('dead-1', 'dead-2');
    answerAfter(5_000, 'dead-1', 'dead-2');
    answered.length = 0;
    ask('dead-1', 'dead-1', 'dead-2', 'well');
    expect(asked.map(({ name }) => name)).toEqual(['dead-1', 'well']);
    answerAfter(0, 'well');
    expect(answered).toEqual(['well 192.0.2.1']);
    answerAfter(5_000, 'dead-1');
    expect(asked.map(({ name }) => name)).toEqual(['dead-2']);
  });

  it('a hundred new names without an answer held up every name of the process, one after the other', () => {
    ask('well', 'also-well');
    answerAfter(10, 'well', 'also-well');
    ask(...Array.from({ length: 100 }, (_, index) => `dead-${index}`));
    ask('well', 'also-well');
    expect(asked.map(({ name }) => name)).toEqual(['dead-0', 'dead-1', 'well']);
    answerAfter(10, 'well');
    expect(asked.map(({ name }) => name)).toEqual(['dead-0', 'dead-1', 'also-well']);
  });

  it('gives a name that has become quick again its place among the others', () => {
    ask('recovered', 'dead');
    answerAfter(5_000, 'recovered', 'dead');
    ask('recovered');
    answerAfter(10, 'recovered');
    ask('dead', 'recovered');
    expect(asked.map(({ name }) => name).sort()).toEqual(['dead', 'recovered']);
  });

  it('begins no more at once than there are places, in the order they came', () => {
    ask('a', 'b', 'c', 'd');
    expect(asked.map(({ name }) => name)).toEqual(['a', 'b']);
    answerAfter(0, 'b');
    expect(asked.map(({ name }) => name)).toEqual(['a', 'c']);
  });
});

describe('the places', () => {
  it.each([
    [4, { quick: 1, unknown: 1, slow: 1 }],
    [64, { quick: 8, unknown: 16, slow: 8 }],
    [1, { quick: 1, unknown: 1, slow: 1 }],
  ])('of a pool of %s threads', (threads, places) => {
    expect(lookupPlaces(threads)).toEqual(places);
  });
});
