import pg from 'pg';
import { QueryFailedError, QueryRunnerAlreadyReleasedError } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { databaseAddress } from './data-source.ts';
import { DatabaseUnavailable, isDatabaseRefusal, isDatabaseUnavailable } from './unavailable.ts';

const failed = (cause: Error) => new QueryFailedError('SELECT 1', [], cause);
const withState = (code: string) =>
  failed(Object.assign(new pg.DatabaseError('as the server says', 1, 'error'), { code }));

describe('a database that is away', () => {
  it.each([
    ['no connection', new DatabaseUnavailable(new Error('x'))],
    ['a session given up', new QueryRunnerAlreadyReleasedError()],
    ['a connection that ended', failed(new Error('Connection terminated unexpectedly'))],
    ['a socket that broke', failed(Object.assign(new Error('read'), { code: 'ECONNRESET' }))],
    ['connection failure', withState('08006')],
    ['shutting down', withState('57P01')],
    ['starting up', withState('57P03')],
    ['full', withState('53300')],
    ['out of disk', withState('53100')],
    ['a standby', withState('25006')],
    ['out of time', withState('57014')],
  ])('%s', (_, error) => {
    expect(isDatabaseUnavailable(error)).toBe(true);
  });

  it.each([
    ['a duplicate', withState('23505')],
    ['a wrong statement', withState('42601')],
    ['a bug in our parameters', failed(new TypeError('x'))],
    ['any other error', Object.assign(new Error('ECONNREFUSED'), { code: 'ECONNREFUSED' })],
    ['no error at all', 'Connection terminated'],
  ])('is not: %s', (_, error) => {
    expect(isDatabaseUnavailable(error)).toBe(false);
  });

  it('says why, also when Node joins refused addresses into an error without a message', () => {
    const refused = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
    expect(new DatabaseUnavailable(refused).reason).toBe('ECONNREFUSED');
  });
});

describe('a statement that is refused as it is', () => {
  it.each([
    ['a text in which a NUL is', withState('22021')],
    ['a number that is too large', withState('22003')],
    ['a constraint', withState('23514')],
    ['an index row that is too large', withState('54000')],
    ['a trigger of somebody', withState('P0001')],
    ['a table that is another', withState('42703')],
    ['a value that the driver cannot send', failed(new RangeError('Invalid string length'))],
  ])('%s', (_, error) => {
    expect(isDatabaseRefusal(error)).toBe(true);
  });

  it.each([
    ['a deadlock', withState('40P01')],
    ['a conflict of transactions', withState('40001')],
    ['a full disk', withState('53100')],
    ['out of time', withState('57014')],
    ['a standby', withState('25006')],
    ['a connection that ended', failed(new Error('Connection terminated unexpectedly'))],
    ['no connection', new DatabaseUnavailable(new Error('x'))],
    ['any other error', new Error('x')],
  ])('is not, as the same may be taken later: %s', (_, error) => {
    expect(isDatabaseRefusal(error)).toBe(false);
  });
});

describe('the address of a database', () => {
  it.each([
    ['postgres://user:secret@db.example.com:6432/app', 'db.example.com:6432'],
    ['postgresql://user:secret@db/app', 'db:5432'],
    ['postgres://user:secret@[::1]:5433/app', '[::1]:5433'],
    ['postgres:///app?host=/var/run/postgresql', '/var/run/postgresql:5432'],
    ['postgres:///app', 'localhost:5432'],
  ])('%s is %s', (url, address) => {
    expect(databaseAddress(url)).toBe(address);
  });
});
