/** What was done and what was not is told, also where the service goes away in between. */
import { expect, it } from 'vitest';
import { StartError } from '../config/start-error.ts';
import { carryOut } from './carry-out.ts';
import { difference } from './difference.ts';
import type { Step } from './plan.ts';
import { readRows } from './read-file.ts';
import { Refused } from './rest-client.ts';

const SECRETS = { environment: {}, writeSecrets: false };
const steps: Step[] = readRows(
  JSON.stringify({
    version: 1,
    webhooks: ['a', 'b', 'c', 'd'].map((name) => ({
      url: `https://${name}.example/`,
      triggers: ['user_created'],
    })),
  }),
).rows.map((row) => ({ kind: 'make', row, difference: difference(row, null, SECRETS) }));

function answering(...answers: (Error | null)[]): Parameters<typeof carryOut>[0] {
  return {
    create: () => {
      const error = answers.shift() ?? null;
      return error ? Promise.reject(error) : Promise.resolve({ signing_secret: 'whsec_a' });
    },
    patch: () => Promise.reject(new Error('not asked for')),
    remove: () => Promise.reject(new Error('not asked for')),
  };
}

it('a refused webhook keeps back no other; without the service the rest is not tried', async () => {
  const lines: string[] = [];
  const rest = answering(null, new Refused('url is wrong', 400), new StartError('the service is away'));
  const done = await carryOut(rest, steps, { say: (line) => lines.push(line), showSigningSecrets: true });
  expect(lines).toEqual([
    '+ row 1 (https://a.example/): made',
    '    signing_secret: whsec_a',
    '+ row 2 (https://b.example/): not made: url is wrong',
    '+ row 3 (https://c.example/): not made: the service is away',
    '+ row 4 (https://d.example/): not tried',
  ]);
  expect(done).toEqual({ made: 1, failed: 2, untried: 1 });
});

it('what is a bug of ours is none of the service', async () => {
  const saying = { say: () => undefined, showSigningSecrets: false };
  await expect(carryOut(answering(new TypeError('ours')), steps, saying)).rejects.toThrow('ours');
});
