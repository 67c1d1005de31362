/** What README says of the API, of records, requests, rooms and commands is what the code does. */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MAY_IMPORT } from '../../rooms.config.ts';
import { ACTIONS, auditEntryView } from '../../src/audit/audit.dto.ts';
import { parseTokens } from '../../src/config/api-tokens.ts';
import { readSettings } from '../../src/config/read-settings.ts';
import { RequestBuilder } from '../../src/delivery/request.ts';
import { TransportFailure } from '../../src/delivery/transport-failure.ts';
import { decodeEvent } from '../../src/intake/decode-event.ts';
import { DEAD_LETTER_REASONS, Undecodable } from '../../src/intake/undecodable.ts';
import type { LogRecord } from '../../src/kafka/log-record.ts';
import { attemptSchema, ERROR_CODES, OUTCOMES, REASONS } from '../../src/model/attempt.ts';
import { eventSchema, type UserEvent } from '../../src/model/event.ts';
import { PROBLEMS, problemSchema } from '../../src/rest/problem.ts';
import { TRIGGERS } from '../../src/model/trigger.ts';
import { webhookComponents } from '../../src/webhooks/webhook.schemas.ts';
import { READ_ONLY } from '../../src/webhooks/webhook-members.ts';
import { logRecord } from '../support/log-record.ts';
import { Chapter, code, filesBelow, readDocument, readJson } from './documents.ts';
import { ATTEMPT_HEADERS, deadLetterHeaderNames } from './record-headers.ts';
import { ANY_EVENT, ANY_WEBHOOK, REQUIRED_SETTINGS } from './samples.ts';

const README = readDocument('README.md');

function chapter(heading: string): Chapter {
  return new Chapter(README, heading);
}

/** The names in backticks of a table's first column. */
function names(rows: string[][]): string[] {
  return rows.flatMap(([cell]) => code(cell));
}

describe('REST API', () => {
  it('has every problem code, with status and title', () => {
    expect(chapter('### Errors').table('code', 'status', 'title')).toEqual(
      Object.entries(PROBLEMS).map(([name, { status, title }]) => [`\`${name}\``, String(status), title]),
    );
  });

  it('shows a problem as it is sent', () => {
    for (const example of chapter('### Errors').json()) {
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
    const rows = chapter('### A webhook').table('member', 'default', 'meaning');
    expect(names(rows).toSorted()).toEqual(settable.toSorted());
    const required = rows.filter(([, byDefault]) => byDefault === 'required');
    expect(names(required).toSorted()).toEqual(input.required.toSorted());
    const readOnly = chapter('### A webhook').table('read only', 'meaning');
    expect(names(readOnly).toSorted()).toEqual(Object.keys(READ_ONLY).toSorted());
  });
});

describe('Access', () => {
  it('shows a tokens file that lets nobody in as it stands, as everybody can read it', () => {
    const [, file = ''] = /^```text\n(# name +role +token\n[^]+?)^```$/m.exec(README) ?? [];
    const { tokens, faults } = parseTokens(file);
    expect(tokens).toEqual([]);
    expect(faults).toHaveLength(2);
  });
});

describe('Audit trail', () => {
  const trail = chapter('### Audit trail');

  it('shows an entry as it is answered', () => {
    expect(trail.json()).toHaveLength(1);
    for (const example of trail.json()) expect(auditEntryView.parse(example)).toEqual(example);
  });

  it('has every action', () => {
    const [actions] = trail.table('member', 'meaning');
    expect(code(actions?.[1])).toEqual([...ACTIONS]);
  });
});

describe('Events', () => {
  const record = (value: unknown, headers: Record<string, string> = {}): LogRecord =>
    logRecord({ key: 'jdoe', value: JSON.stringify(value), headers });
  const decoded = (message: LogRecord): UserEvent => {
    const event = decodeEvent('user-events', 0, message);
    if (event instanceof Undecodable) throw event;
    return event;
  };

  it('names the members and triggers that the schema has', () => {
    const rows = chapter('## Events').table('member', 'meaning');
    expect(names(rows)).toEqual(Object.keys(eventSchema.shape));
    expect(code(rows.find(([name]) => name === '`type`')?.[1])).toEqual([...TRIGGERS]);
    expect(code(rows.find(([name]) => name === '`data`')?.[1])).toEqual(
      Object.keys(eventSchema.shape.data.shape),
    );
  });

  it('shows native events that are read', () => {
    const examples = chapter('### Native JSON').json();
    expect(examples).toHaveLength(1);
    for (const example of examples) {
      expect(example).toMatchObject(eventSchema.parse(example));
      expect(decoded(record(example)).id).toBe((example as { id: string }).id);
    }
    const [, produced = ''] = /^echo 'jdoe\|(.*)' \|$/m.exec(README) ?? [];
    expect(decoded(record(JSON.parse(produced))).username).toBe('jdoe');
  });

  it('shows CloudEvents that are read', () => {
    const [structured] = chapter('### CloudEvents, structured').json();
    const contentType = { 'content-type': 'application/cloudevents+json' };
    expect(decoded(record(structured, contentType))).toMatchObject({
      type: 'user_modified',
      idScope: '/identity/core',
    });
    expect(README).toContain(`header \`content-type: ${contentType['content-type']}\``);

    const binary = chapter('### CloudEvents, binary');
    const rows = binary.table('header', 'value').map(([name, value]) => [code(name)[0], code(value)[0]]);
    const headers = Object.fromEntries(rows) as Record<string, string>;
    expect(decoded(record(binary.json()[0], headers))).toMatchObject({
      id: '5e0f0a52-1c1b-4a7d-9a36-6c0f9d1f0b12',
      type: 'user_keys',
      timestamp: '2026-11-24T09:32:00Z',
    });
  });
});

describe('What a receiver gets', () => {
  it('has every header of a request, and no other', () => {
    const request = new RequestBuilder('user-webhooks/0', 1).build(ANY_WEBHOOK, ANY_EVENT, 0);
    if (request instanceof TransportFailure) throw request;
    const sent = request.headers.filter((_, index) => index % 2 === 0);
    const documented = names(chapter('## What a receiver gets').table('header', 'value', 'when'));
    // Content-Length is undici's part.
    expect(documented.filter((name) => name !== 'Content-Length').toSorted()).toEqual(sent.toSorted());
  });

  it('has every trigger', () => {
    const rows = chapter('## What a receiver gets').table('trigger', 'sent when', 'body');
    expect(names(rows)).toEqual([...TRIGGERS]);
  });
});

describe('Results', () => {
  const results = chapter('## Results');

  it('has every field, whether it may be null, and its meaning', () => {
    expect(results.table('field', 'null', 'meaning')).toEqual(
      Object.entries(attemptSchema.shape).map(([name, field]) => [
        `\`${name}\``,
        field.safeParse(null).success ? 'yes' : 'no',
        field.description,
      ]),
    );
  });

  it('shows records as they are written', () => {
    expect(results.json()).toHaveLength(1);
    for (const example of results.json()) expect(attemptSchema.parse(example)).toEqual(example);
  });

  it('has every outcome, reason and error code', () => {
    expect(names(results.table('outcome', 'meaning'))).toEqual([...OUTCOMES]);
    expect(names(results.table('reason', 'meaning'))).toEqual([...REASONS]);
    expect(results.table('error code', 'meaning')).toEqual(
      Object.entries(ERROR_CODES).map(([name, meaning]) => [`\`${name}\``, meaning]),
    );
  });

  it('has every header of the record', () => {
    expect(names(results.table('record header', 'value'))).toEqual(ATTEMPT_HEADERS);
  });
});

describe('Dead letters', () => {
  const letters = chapter('## Dead letters');

  it('has every reason', () => {
    expect(letters.table('reason', 'meaning')).toEqual(
      Object.entries(DEAD_LETTER_REASONS).map(([name, meaning]) => [`\`${name}\``, meaning]),
    );
  });

  it('has every header', async () => {
    expect(names(letters.table('record header', 'value'))).toEqual(await deadLetterHeaderNames());
  });
});

describe('Health', () => {
  it('has every part that readiness asks', () => {
    const source = readDocument('src/health/health.controller.ts');
    const parts = [...source.matchAll(/(?:pingCheck|#part)\(\s*'(\w+)'/g)].map(([, name]) => name);
    expect(names(chapter('## Health').table('part', 'up when'))).toEqual(parts);
    for (const example of chapter('## Health').json()) {
      expect(Object.keys((example as { details: object }).details).toSorted()).toEqual(parts.toSorted());
    }
  });
});

describe('Rooms of the code', () => {
  it('has every room of src/, with what it may import', () => {
    const rooms = [...new Set(filesBelow('src').flatMap((file) => /^src\/([\w-]+)\//.exec(file)?.[1] ?? []))];
    const architecture = readDocument('docs/architecture.md');
    const rows = new Chapter(architecture, '## Rooms').table('room', 'owns', 'may import');
    const documented = rows.map(([room, , imports]) => [code(room)[0] ?? '', code(imports)] as const);
    expect(Object.fromEntries(documented)).toEqual(MAY_IMPORT);
    expect(Object.keys(MAY_IMPORT).toSorted()).toEqual(rooms.toSorted());
  });
});

describe('Commands and files', () => {
  const { scripts } = readJson('package.json') as { scripts: Record<string, string> };

  it('names npm scripts that exist', () => {
    const named = [...README.matchAll(/\bnpm (?:run ([a-z0-9:-]+)|(start|test)\b)/g)].map(
      ([, run, short]) => run ?? short ?? '',
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it('links to headings and files that exist', () => {
    const anchors = [...README.matchAll(/^#+ (.*)$/gm)].map(
      ([, heading = '']) =>
        `#${heading
          .toLowerCase()
          .replaceAll(/[^a-z0-9 _-]/g, '')
          .replaceAll(' ', '-')}`,
    );
    const targets = [...README.matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => target);
    const missing = targets.filter((target) =>
      target.startsWith('#')
        ? !anchors.includes(target)
        : !target.startsWith('https://') && !existsSync(target),
    );
    expect(missing).toEqual([]);
  });
});
