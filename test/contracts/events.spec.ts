/** What docs/events.md says of events and of dead letters is what the code reads and writes. */
import { describe, expect, it } from 'vitest';
import { decodeEvent } from '../../src/intake/decode-event.ts';
import { DEAD_LETTER_REASONS, Undecodable } from '../../src/intake/undecodable.ts';
import type { LogRecord } from '../../src/kafka/log-record.ts';
import { webhookMessageId } from '../../src/model/delivery.ts';
import { eventSchema, type UserEvent } from '../../src/model/event.ts';
import { TRIGGERS } from '../../src/model/trigger.ts';
import { logRecord } from '../support/log-record.ts';
import { Chapter, code, names, readDocument } from './documents.ts';
import { deadLetterHeaderNames } from './record-headers.ts';

const EVENTS = readDocument('docs/events.md');

function chapter(heading: string): Chapter {
  return new Chapter(EVENTS, heading);
}

describe('Events', () => {
  const record = (value: unknown, headers: Record<string, string> = {}): LogRecord =>
    logRecord({ key: 'jdoe', value: JSON.stringify(value), headers });
  const decoded = (message: LogRecord): UserEvent => {
    const event = decodeEvent('user-events', 0, message);
    if (event instanceof Undecodable) throw event;
    return event;
  };

  it('names the members and triggers that the schema has', () => {
    const rows = chapter('## The record').table('member', 'meaning');
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
    const [, produced = ''] = /^echo 'jdoe\|(.*)' \|$/m.exec(EVENTS) ?? [];
    expect(decoded(record(JSON.parse(produced))).username).toBe('jdoe');
  });

  it('shows CloudEvents that are read', () => {
    const [structured] = chapter('### CloudEvents, structured').json();
    const contentType = { 'content-type': 'application/cloudevents+json' };
    expect(decoded(record(structured, contentType))).toMatchObject({
      type: 'user_modified',
      messageId: webhookMessageId((structured as { id: string }).id, '/identity/core'),
    });
    expect(EVENTS).toContain(`header \`content-type: ${contentType['content-type']}\``);

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
