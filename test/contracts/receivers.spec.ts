/** What docs/receivers.md says of a request is what is sent. */
import { describe, expect, it } from 'vitest';
import { RequestBuilder } from '../../src/delivery/request.ts';
import { TransportFailure } from '../../src/delivery/transport-failure.ts';
import { TRIGGERS } from '../../src/model/trigger.ts';
import { Chapter, names, readDocument } from './documents.ts';
import { ANY_EVENT, ANY_WEBHOOK } from './samples.ts';

const RECEIVERS = readDocument('docs/receivers.md');

describe('docs/receivers.md', () => {
  it('has every header of a request, and no other', () => {
    const request = new RequestBuilder('user-webhooks/0', 1).build(ANY_WEBHOOK, ANY_EVENT, 0);
    if (request instanceof TransportFailure) throw request;
    const sent = request.headers.filter((_, index) => index % 2 === 0);
    const documented = names(new Chapter(RECEIVERS, '### Headers').table('header', 'value', 'when'));
    // Content-Length is undici's part.
    expect(documented.filter((name) => name !== 'Content-Length').toSorted()).toEqual(sent.toSorted());
  });

  it('has every trigger', () => {
    const rows = new Chapter(RECEIVERS, '### Triggers').table('trigger', 'sent when', 'body');
    expect(names(rows)).toEqual([...TRIGGERS]);
  });
});
