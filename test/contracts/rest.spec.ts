/** What docs/rest.md says of errors and of the members of a webhook is what the code does. */
import { describe, expect, it } from 'vitest';
import { readSettings } from '../../src/settings.ts';
import { FAULT_CODES, FIELD_FAULTS } from '../../src/model/field-fault.ts';
import { PROBLEMS, problemSchema } from '../../src/rest/problem.ts';
import { webhookComponents } from '../../src/webhooks/webhook.schemas.ts';
import { READ_ONLY } from '../../src/webhooks/webhook-members.ts';
import { Chapter, filesBelow, names, readDocument } from './documents.ts';
import { REQUIRED_SETTINGS } from './samples.ts';

const REST = readDocument('docs/rest.md');

function chapter(heading: string): Chapter {
  return new Chapter(REST, heading);
}

describe('docs/rest.md', () => {
  it('has every problem code, with status and title', () => {
    expect(chapter('## Errors').table('code', 'status', 'title')).toEqual(
      Object.entries(PROBLEMS).map(([name, { status, title }]) => [`\`${name}\``, String(status), title]),
    );
  });

  it('has every fault of a member, with the values that go with it', () => {
    expect(chapter('### Faults of members').table('code', 'params', 'meaning')).toEqual(
      Object.entries(FIELD_FAULTS).map(([code, { params, meaning }]) => [
        `\`${code}\``,
        params.map((name) => `\`${name}\``).join(', ') || '–',
        meaning,
      ]),
    );
  });

  it('names no fault of a member that nothing finds', () => {
    const sources = filesBelow('src').filter((file) => !/spec\.ts$|field-fault\.ts$/.test(file));
    const code = sources.map(readDocument).join('\n');
    expect(FAULT_CODES.filter((name) => !code.includes(`'${name}'`))).toEqual([]);
  });

  it('shows a problem as it is sent', () => {
    for (const example of chapter('## Errors').json()) {
      const problem = problemSchema.parse(example);
      expect(problem).toMatchObject(PROBLEMS[problem.code]);
    }
  });

  it('has every member of a webhook: what can be set, what must be, what is only read', () => {
    const input = webhookComponents(readSettings(REQUIRED_SETTINGS))['WebhookInput'] as {
      properties: object;
      required: string[];
    };
    const settable = Object.keys(input.properties).filter((name) => !(name in READ_ONLY));
    const rows = chapter('## A webhook').table('member', 'default', 'meaning');
    expect(names(rows).toSorted()).toEqual(settable.toSorted());
    const required = rows.filter(([, byDefault]) => byDefault === 'required');
    expect(names(required).toSorted()).toEqual(input.required.toSorted());
    const readOnly = chapter('## A webhook').table('read only', 'meaning');
    expect(names(readOnly).toSorted()).toEqual(Object.keys(READ_ONLY).toSorted());
  });
});
