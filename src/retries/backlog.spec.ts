import { describe, expect, it } from 'vitest';
import { Backlog } from './backlog.ts';

function looked(backlog: Backlog, ...withRows: string[]): void {
  backlog.looked(backlog.beginLook(), new Set(withRows));
}

describe('Backlog', () => {
  it('suspects every webhook until the table was looked at', () => {
    const backlog = new Backlog();
    expect(backlog.mayHaveRows('w')).toBe(true);
    looked(backlog, 'v');
    expect([backlog.mayHaveRows('w'), backlog.mayHaveRows('v')]).toEqual([false, true]);
  });

  it('suspects every webhook again after an assignment, also if a look was under way', () => {
    const backlog = new Backlog();
    looked(backlog);
    const look = backlog.beginLook();
    backlog.forget();
    backlog.looked(look, new Set());
    expect(backlog.mayHaveRows('w')).toBe(true);
    looked(backlog);
    expect(backlog.mayHaveRows('w')).toBe(false);
  });

  it('knows of what it stores before the table does', () => {
    const backlog = new Backlog();
    looked(backlog);
    backlog.storing('w');
    looked(backlog);
    expect(backlog.mayHaveRows('w')).toBe(true);
  });

  it('suspects that rows were given up, from when they were live until dead rows were looked for after that', () => {
    const backlog = new Backlog();
    looked(backlog);
    // What went before the first look is unknown.
    expect(backlog.mayHaveGivenUp('w')).toBe(true);
    backlog.forgetEmptied(backlog.looks);
    expect(backlog.mayHaveGivenUp('w')).toBe(false);
    backlog.storing('w');
    expect(backlog.mayHaveGivenUp('w')).toBe(true);
    backlog.stored('w');
    const { looks } = backlog;
    looked(backlog);
    expect([backlog.mayHaveRows('w'), backlog.mayHaveGivenUp('w')]).toEqual([false, true]);
    // This look for dead rows began too early.
    backlog.forgetEmptied(looks);
    expect(backlog.mayHaveGivenUp('w')).toBe(true);
    backlog.forgetEmptied(backlog.looks);
    expect(backlog.mayHaveGivenUp('w')).toBe(false);
  });

  it('does not believe a look that began before the row was stored', () => {
    const backlog = new Backlog();
    looked(backlog);
    backlog.storing('w');
    const look = backlog.beginLook();
    backlog.stored('w');
    backlog.looked(look, new Set());
    expect(backlog.mayHaveRows('w')).toBe(true);
    looked(backlog);
    expect(backlog.mayHaveRows('w')).toBe(false);
  });
});
