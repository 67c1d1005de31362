/**
 * Carries out the plan, one webhook after another, and reports on each. If one is refused, the others are still done. If
 * the service takes nothing more, it stops, and names what was not tried. Webhooks are deleted last.
 */
import { StartError } from '../config/start-error.ts';
import type { Step } from './plan.ts';
import { Refused, type RestClient } from './rest-client.ts';
import { nameOfStep } from './show.ts';

export interface Saying {
  readonly say: (line: string) => void;
  readonly showSigningSecrets: boolean;
}

export interface Done {
  readonly made: number;
  readonly failed: number;
  readonly untried: number;
}

const WORDS = { make: 'made', change: 'changed', delete: 'deleted' } as const;
const CHANGED_MEANWHILE = 412;
const GONE = 404;

export async function carryOut(
  rest: Pick<RestClient, 'create' | 'patch' | 'remove'>,
  steps: readonly Step[],
  { say, showSigningSecrets }: Saying,
): Promise<Done> {
  let made = 0;
  let failed = 0;
  for (const [index, step] of steps.entries()) {
    const name = nameOfStep(step);
    try {
      const secret = await take(rest, step);
      say(`${name}: ${WORDS[step.kind]}`);
      if (secret === null) continue;
      made += 1;
      if (showSigningSecrets) say(`    signing_secret: ${secret}`);
    } catch (error) {
      failed += 1;
      say(`${name}: not ${WORDS[step.kind]}: ${whyOf(error)}`);
      if (error instanceof Refused) continue;
      for (const left of steps.slice(index + 1)) say(`${nameOfStep(left)}: not tried`);
      return { made, failed, untried: steps.length - index - 1 };
    }
  }
  return { made, failed, untried: 0 };
}

/** @returns the signing secret of a webhook that was made. */
async function take(
  rest: Pick<RestClient, 'create' | 'patch' | 'remove'>,
  step: Step,
): Promise<string | null> {
  switch (step.kind) {
    case 'make':
      return (await rest.create(step.difference.body)).signing_secret;
    case 'change':
      await rest.patch(step.at.webhook.id, step.at.etag, step.difference.body);
      return null;
    case 'delete':
      await rest.remove(step.at.webhook.id, step.at.etag);
      return null;
  }
}

/** If a request got no answer, only another run shows whether it was carried out. */
function whyOf(error: unknown): string {
  if (error instanceof Refused && (error.status === CHANGED_MEANWHILE || error.status === GONE))
    return 'somebody changed or deleted it meanwhile; run the command again, and look at the differences';
  if (error instanceof Refused || error instanceof StartError) return error.message;
  throw error;
}
