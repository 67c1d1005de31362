import { expect, it } from 'vitest';
import { DeadLetterLog } from './dead-letter-log.ts';

it('says the first ones one by one, and of the others how many: a small batch wrote a hundred megabytes of log', () => {
  const lines: unknown[] = [];
  const log = new DeadLetterLog({ warn: (line: unknown) => lines.push(line) });
  for (let offset = 0; offset < 100_000; offset += 1)
    log.say({ topic: 'user-events', partition: 0, offset: String(offset) }, 'invalid_json');
  expect(lines).toHaveLength(20);
  expect(lines[19]).toEqual({ topic: 'user-events', partition: 0, offset: '19', reason: 'invalid_json' });
  log.endInterval();
  expect(lines.slice(20)).toEqual([{ records: 99_980 }]);
  log.endInterval();
  log.say({ topic: 'user-events', partition: 0, offset: '7' }, 'empty');
  expect(lines.slice(21)).toMatchObject([{ offset: '7' }]);
});
