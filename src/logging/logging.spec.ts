import { pino } from 'pino';
import { DatabaseError } from 'pg';
import { describe, expect, it } from 'vitest';
import { serializers } from './logging.ts';

function logged(fields: object): string {
  const lines: string[] = [];
  pino({ serializers }, { write: (line: string) => lines.push(line) }).warn(fields, 'it failed');
  return lines.join('');
}

describe('a line of the log', () => {
  it('has what an error says, and nothing it carries: the parameters of a failed statement stood in the log', () => {
    const carried = { parameters: ['s3cret-token'], driverError: { detail: 'Key (url)=(s3cret-url)' } };
    const error = Object.assign(new DatabaseError('duplicate key value', 0, 'error'), carried, {
      code: '23505',
    });
    const line = logged({ err: error });
    expect(JSON.parse(line)).toMatchObject({
      msg: 'it failed',
      err: { type: 'error', message: 'duplicate key value', code: '23505' },
    });
    expect(line).not.toContain('s3cret');
  });

  it('has of a request its id, method and path, and no header', () => {
    const req = { id: 'r-1', method: 'GET', url: '/api', headers: { authorization: 'Bearer s3cret' } };
    expect(JSON.parse(logged({ req }))).toMatchObject({ req: { id: 'r-1', method: 'GET', url: '/api' } });
    expect(logged({ req })).not.toContain('s3cret');
  });

  it('has not what webhooks were searched for: it may be a part of a URL', () => {
    const url = '/api/v1/webhooks?limit=5&search=s3cret%2Fkey&trigger=user_keys&sear%63h=s3cret';
    expect(JSON.parse(logged({ req: { id: 'r-1', method: 'GET', url } }))).toMatchObject({
      req: { url: '/api/v1/webhooks?limit=5&search=***&trigger=user_keys&sear%63h=***' },
    });
  });

  it('has no code with which the issuer lets somebody in', () => {
    const url = '/api/v1/sign-in/oidc/callback?code=s3cret&state=s3cret&iss=https%3A%2F%2Fid.example';
    expect(JSON.parse(logged({ req: { id: 'r-1', method: 'GET', url } }))).toMatchObject({
      req: { url: '/api/v1/sign-in/oidc/callback?code=***&state=***&iss=https%3A%2F%2Fid.example' },
    });
  });
});
