/** The text for people: the changes, and what became of each. It holds no secret, and keys in URLs are masked. Pure. */
import { maskedUrl } from '../model/webhook-url.ts';
import type { Change } from './difference.ts';
import type { Plan, Step } from './plan.ts';
import { nameOfRow, type RowFault } from './row.ts';

const MARKS = { make: '+', change: '~', delete: '-' } as const;
/** Longer values, such as certificates, are cut. */
const MAX_LENGTH = 120;

export function showFaults(faults: readonly RowFault[]): string {
  return faults.map(({ row, message }) => `  - ${row}: ${message}\n`).join('');
}

export function showPlan({ steps, same, others, uncompared }: Plan): string {
  const count = (kind: Step['kind']): number => steps.filter((step) => step.kind === kind).length;
  const lines = [
    ...steps.flatMap((step) => [nameOfStep(step), ...(step.kind === 'delete' ? [] : changesOf(step))]),
    `To make: ${count('make')}, to change: ${count('change')}, to delete: ${count('delete')}, as they should be: ${same}.`,
  ];
  if (others > 0) lines.push(`Webhooks that are not in the file, and stay: ${others}. --prune deletes them.`);
  if (uncompared > 0) {
    lines.push(
      `Secrets that the service has already: ${uncompared}. They cannot be read, so they were not compared; --write-secrets writes them again.`,
    );
  }
  return `${lines.join('\n')}\n`;
}

/** Its mark, and which webhook it is about. */
export function nameOfStep(step: Step): string {
  const mark = MARKS[step.kind];
  switch (step.kind) {
    case 'make':
      return `${mark} ${nameOfRow(step.row.number, step.row.members.url)}`;
    case 'change':
      return `${mark} ${nameOfRow(step.row.number, step.at.webhook.url)} ${step.at.webhook.id}`;
    case 'delete': {
      const { url, id, pending_count: pending } = step.at.webhook;
      return `${mark} ${maskedUrl(url)} ${id}${pending > 0 ? `: ${pending} deliveries that wait for it are deleted with it` : ''}`;
    }
  }
}

function changesOf({ kind, difference: { changes } }: Exclude<Step, { kind: 'delete' }>): string[] {
  return changes
    .filter(({ member }) => kind !== 'make' || member !== 'url')
    .map(({ member, before, after }) => {
      const from = kind === 'change' && before !== null ? `${shown(member, before)} → ` : '';
      return `    ${member}: ${from}${shown(member, after)}`;
    });
}

function shown(member: Change['member'], text: string): string {
  if (member === 'url') return maskedUrl(JSON.parse(text) as string);
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}… (${text.length} characters)` : text;
}
