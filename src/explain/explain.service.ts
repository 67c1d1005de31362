/**
 * Explains an event, given or lying in the log: what it is read as, which webhooks get it and why, and what each of them
 * is sent. It goes by the webhooks as they are now, and changes nothing.
 */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { decodeEvent } from '../intake/decode-event.ts';
import { Undecodable } from '../intake/undecodable.ts';
import { RecordHeaders } from '../kafka/record-headers.ts';
import type { UserEvent } from '../model/event.ts';
import type { UnusableWebhook, Webhook } from '../model/webhook.ts';
import { Problem } from '../rest/problem.ts';
import { MAX_FAULTS, validate } from '../rest/validate.ts';
import { WebhookLoader } from '../webhooks/webhook-loader.ts';
import { webhookOutlines, type WebhookOutline } from '../webhooks/webhook-outlines.ts';
import { EventLookup } from './event-lookup.ts';
import { explainInput, type ExplainedWebhook, type Explanation } from './explain.dto.ts';
import type { RequestPreview } from './request-preview.ts';
import { RequestPreviews } from './request-previews.ts';
import { matches, whyOf } from './why.ts';

/** Thousands of webhooks may get an event of megabytes. */
const BODY_BYTES_AT_MOST = 8 * 1024 * 1024;
/** How many webhooks are opened in one go. */
const LOT = 100;

interface Explained {
  readonly event: UserEvent;
  /** Null for an event that is nowhere. */
  readonly recordedAt: Date | null;
  readonly hasPlace: boolean;
}

type Loaded = Webhook | UnusableWebhook | null;

@Injectable()
export class ExplainService {
  constructor(
    private readonly events: EventLookup,
    private readonly previews: RequestPreviews,
    private readonly loader: WebhookLoader,
    @InjectDataSource() private readonly dataSource: DataSource,
  ) {}

  /** @throws Problem `validation_failed`, `not_found`, `event_expired`; LogUnavailable */
  async explain(body: unknown): Promise<Explanation> {
    const input = validate(explainInput, body);
    const found = input.place ? await this.#at(input.place) : given(input.event);
    if (found instanceof Undecodable)
      return {
        event: null,
        fault: {
          reason: found.reason,
          message: found.message,
          errors: found.faults().slice(0, MAX_FAULTS),
        },
        webhooks: [],
      };
    const { event, recordedAt, hasPlace } = found;
    const { id, type, timestamp, username, source } = event;
    const recorded_at = recordedAt?.toISOString() ?? null;
    return {
      event: { id, type, timestamp, username, source: hasPlace ? { ...source, recorded_at } : null },
      fault: null,
      webhooks: await this.#webhooks(found),
    };
  }

  async #at({ partition, offset }: { partition: number; offset: number }): Promise<Explained | Undecodable> {
    const place = await this.events.at(partition, offset);
    switch (place.is) {
      case 'event':
        return { event: place.event, recordedAt: place.recordedAt, hasPlace: true };
      case 'undecodable':
        return place.fault;
      case 'nothing':
        throw new Problem('not_found', place.why);
      case 'expired':
        throw expired(partition, offset, place.expired.logBeginsAt);
    }
  }

  async #webhooks(of: Explained): Promise<ExplainedWebhook[]> {
    const outlines = await webhookOutlines(this.dataSource.manager);
    const judged = outlines.map((webhook) => {
      return { webhook, why: whyOf(webhook, { type: of.event.type, recordedAt: of.recordedAt }) };
    });
    const loaded = await this.#load(
      judged.filter(({ why }) => matches(why)).map(({ webhook }) => webhook.id),
    );
    let bodyBytes = 0;
    return judged.map(({ webhook, why }) => {
      const opened = loaded.get(webhook.id) ?? null;
      if (opened && 'fault' in opened) return explained(webhook, 'secrets_unreadable', null);
      if (opened === null) return explained(webhook, why, null);
      bodyBytes += of.event.body.length;
      const request = bodyBytes > BODY_BYTES_AT_MOST ? null : this.previews.of(opened, of.event);
      return explained(webhook, why, request);
    });
  }

  /** @returns by id those that are enabled, with their secrets opened. */
  async #load(ids: readonly string[]): Promise<Map<string, Loaded>> {
    const loaded = new Map<string, Loaded>();
    for (let from = 0; from < ids.length; from += LOT) {
      const { changed } = await this.loader.news(ids.slice(from, from + LOT), new Map());
      for (const one of changed) loaded.set(one.id, one.loaded);
    }
    return loaded;
  }
}

/** As if it were the value of a record. A structured CloudEvent says so by a header, which it has no place for here. */
function given(event: unknown): Explained | Undecodable {
  const isCloudEvent = typeof event === 'object' && event !== null && 'specversion' in event;
  const headers = isCloudEvent
    ? RecordHeaders.of([['content-type', 'application/cloudevents+json']])
    : RecordHeaders.none;
  const value = Buffer.from(JSON.stringify(event));
  const record = {
    offset: 0,
    timestamp: Date.now(),
    key: null,
    value,
    headers,
    size: value.length,
    unread: null,
  };
  const decoded = decodeEvent('', 0, record);
  return decoded instanceof Undecodable ? decoded : { event: decoded, recordedAt: null, hasPlace: false };
}

function explained(
  { id, url, description }: WebhookOutline,
  why: ExplainedWebhook['why'],
  request: RequestPreview | null,
): ExplainedWebhook {
  return { id, url, description, matches: matches(why), why, request };
}

function expired(partition: number, offset: number, logBeginsAt: string | null): Problem {
  const since = logBeginsAt === null ? 'it has no records now' : `its records begin at ${logBeginsAt}`;
  const detail = `partition ${partition} of the log no longer has the offset ${offset}: ${since}`;
  const params = logBeginsAt === null ? undefined : { log_begins_at: logBeginsAt };
  return new Problem('event_expired', detail, [], params);
}
