import { FastifyAdapter } from '@nestjs/platform-fastify';
import { expect, it } from 'vitest';
import { eventually } from '../../test/support/eventually.ts';
import { limitRequests } from './request-limit.ts';

it('refuses what is too much at once, and takes it when others have their answers; other paths are not counted', async () => {
  const fastify = new FastifyAdapter().getInstance();
  limitRequests(fastify, '/api/', 2);
  const answers: (() => void)[] = [];
  fastify.get('/api/slow', () => new Promise<void>((resolve) => answers.push(resolve)).then(() => 'ok'));
  fastify.get('/health', () => 'ok');
  const slow = [fastify.inject('/api/slow'), fastify.inject('/api/slow')];
  await eventually(() => {
    expect(answers).toHaveLength(2);
  });
  const refused = await fastify.inject('/api/slow');
  expect(refused.headers['retry-after']).toBe('1');
  expect(refused.body).toContain('2 requests are under way at once');
  expect((await fastify.inject('/health')).statusCode).toBe(200);
  for (const answer of answers.splice(0)) answer();
  for (const answer of slow) expect((await answer).statusCode).toBe(200);
  const next = fastify.inject('/api/slow');
  await eventually(() => {
    expect(answers).toHaveLength(1);
  });
  answers[0]?.();
  expect((await next).statusCode).toBe(200);
});
