/** The headers that the code puts on its records, with every optional one, as names. */
import { KafkaJSError, type RecordMetadata } from 'kafkajs';

import { DeadLetters } from '../../src/intake/dead-letter.ts';
import { Undecodable } from '../../src/intake/undecodable.ts';
import type { RecordProducer } from '../../src/kafka/outgoing-record.ts';
import type { RecordHeaders } from '../../src/kafka/record-headers.ts';
import { Metrics } from '../../src/metrics/metrics.ts';
import type { Attempt } from '../../src/model/attempt.ts';
import type { Notice } from '../../src/notices/notice.ts';
import { toRecord as toNoticeRecord } from '../../src/notices/topic-way.ts';
import { OMITTED, toRecord } from '../../src/results/results.service.ts';
import { readSettings } from '../../src/settings.ts';
import { logRecord } from '../support/log-record.ts';
import { REQUIRED_SETTINGS } from './samples.ts';

export const NOTICE_HEADERS = Object.keys(toNoticeRecord({ dead_letters: [{}] } as Notice).headers);

export const ATTEMPT_HEADERS = [
  ...Object.keys(toRecord({} as Attempt, { traceparent: '00-a-b-01', tracestate: 'a=b' }).headers),
  OMITTED,
];

/** Those of a record that even the dead-letter topic refuses as too large, until nothing of it is left. */
export function deadLetterHeaderNames(): Promise<string[]> {
  const { promise, resolve } = Promise.withResolvers<string[]>();
  const send = ({ messages }: Parameters<RecordProducer['send']>[0]): Promise<RecordMetadata[]> => {
    const [message] = messages;
    const names = [...(message?.headers as RecordHeaders)].map(([name]) => name);
    if (message?.value !== null || message.key !== null || names.includes('note')) {
      return Promise.reject(Object.assign(new KafkaJSError('too large'), { type: 'MESSAGE_TOO_LARGE' }));
    }
    resolve(names);
    return Promise.resolve([]);
  };
  const letters = new DeadLetters({ send }, readSettings(REQUIRED_SETTINGS), new Metrics());
  const unread = { firstOffset: 0, reason: 'too_large', message: '' } as const;
  const record = logRecord({ key: 'k', value: 'a longer value', headers: { note: 'x' }, unread });
  const source = { topic: 't', partition: 0, offset: '0' };
  letters.publish(record, source, new Undecodable('empty', ''), () => undefined);
  return promise;
}
