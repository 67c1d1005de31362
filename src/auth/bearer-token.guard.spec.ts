import { Reflector } from '@nestjs/core';
import type { ExecutionContext } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { Problem } from '../model/problem.ts';
import { readSettings } from '../config/read-settings.ts';
import { BearerTokenGuard, bearerToken } from './bearer-token.guard.ts';
import { Public } from './public.ts';

const TOKEN = 'correct-horse-battery';

const closed = (): string => 'closed';
const open = (): string => 'open';
Public()(open);

const guard = new BearerTokenGuard(
  readSettings({
    DATABASE_URL: 'postgres://h/d',
    KAFKA_BROKERS: 'h:1',
    SECRETS_KEY: Buffer.alloc(32).toString('base64'),
    ADMIN_TOKEN: TOKEN,
  }),
  new Reflector(),
);

function ask(handler: () => string, authorization?: string, type = 'http') {
  const answered: Record<string, string> = {};
  const context = {
    getType: () => type,
    getHandler: () => handler,
    getClass: () => closed,
    switchToHttp: () => ({
      getRequest: () => ({ headers: { authorization } }),
      getResponse: () => ({ header: (name: string, value: string) => (answered[name] = value) }),
    }),
  } as unknown as ExecutionContext;
  try {
    return { passed: guard.canActivate(context), answered };
  } catch (error) {
    if (error instanceof Problem) return { passed: error.code, detail: error.detail, answered };
    throw error;
  }
}

describe('the guard', () => {
  it.each([`Bearer ${TOKEN}`, `bearer ${TOKEN}`, `BEARER   ${TOKEN} `])('lets "%s" through', (header) => {
    expect(ask(closed, header).passed).toBe(true);
  });

  it.each([undefined, '', 'Bearer', 'Bearer ', TOKEN, `Basic ${TOKEN}`, `Bearer ${TOKEN} ${TOKEN}`])(
    'asks for a token when there is %j',
    (header) => {
      expect(ask(closed, header)).toMatchObject({
        passed: 'unauthorized',
        answered: { 'WWW-Authenticate': 'Bearer realm="user-webhooks"' },
      });
    },
  );

  it.each([`${TOKEN}x`, TOKEN.slice(0, -1), TOKEN.toUpperCase(), 'x'])('refuses the token %s', (token) => {
    const refusal = ask(closed, `Bearer ${token}`);
    expect(refusal).toMatchObject({
      passed: 'unauthorized',
      answered: { 'WWW-Authenticate': 'Bearer realm="user-webhooks", error="invalid_token"' },
    });
    expect(refusal.detail).not.toContain(token);
  });

  it('asks no token of public routes and of events', () => {
    expect(ask(open).passed).toBe(true);
    expect(ask(closed, undefined, 'rpc').passed).toBe(true);
  });
});

describe('the token of a header', () => {
  it('is not looked for in other schemes', () => {
    expect(bearerToken('Digest bearer abc')).toBeNull();
    expect(bearerToken('Bearer\tabc')).toBeNull();
    expect(bearerToken('Bearer abc')).toBe('abc');
  });
});
