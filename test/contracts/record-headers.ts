/** The headers that the code puts on its records, with every optional one, as names. */
import { KafkaJSError, type KafkaMessage, type ProducerRecord, type RecordMetadata } from 'kafkajs';

import { DeadLetters } from '../../src/intake/dead-letter.ts';
import { Undecodable } from '../../src/intake/undecodable.ts';
import type { Attempt } from '../../src/model/attempt.ts';
import { toRecord } from '../../src/results/results.service.ts';
import { readSettings } from '../../src/settings.ts';
import { REQUIRED_SETTINGS } from './samples.ts';

export const ATTEMPT_HEADERS = Object.keys(
  toRecord({} as Attempt, { traceparent: '00-a-b-01', tracestate: 'a=b' }).headers,
);

/** Those of a record that even the dead-letter topic refuses as too large, until nothing of it is left. */
export function deadLetterHeaderNames(): Promise<string[]> {
  const { promise, resolve } = Promise.withResolvers<string[]>();
  const send = ({ messages }: ProducerRecord): Promise<RecordMetadata[]> => {
    const [message] = messages;
    if (message?.value !== null || message.key !== null || message.headers?.['note'] !== undefined) {
      return Promise.reject(Object.assign(new KafkaJSError('too large'), { type: 'MESSAGE_TOO_LARGE' }));
    }
    resolve(Object.keys(message.headers ?? {}));
    return Promise.resolve([]);
  };
  const letters = new DeadLetters({ send }, readSettings(REQUIRED_SETTINGS));
  const part = Buffer.from('x');
  const record: KafkaMessage = {
    key: part,
    value: part,
    headers: { note: part },
    offset: '0',
    timestamp: '0',
    attributes: 0,
  };
  const source = { topic: 't', partition: 0, offset: '0' };
  letters.publish(record, source, new Undecodable('empty', ''), () => undefined);
  return promise;
}
