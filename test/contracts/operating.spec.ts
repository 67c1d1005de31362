/** What docs/operating.md says of health is what is asked. */
import { describe, expect, it } from 'vitest';
import { Chapter, names, readDocument } from './documents.ts';

describe('Health', () => {
  const health = new Chapter(readDocument('docs/operating.md'), '## Health');

  it('has every part that readiness asks', () => {
    const source = readDocument('src/health/health.controller.ts');
    const parts = [...source.matchAll(/(?:pingCheck|#part)\(\s*'(\w+)'/g)].map(([, name]) => name);
    expect(names(health.table('part', 'up when'))).toEqual(parts);
    for (const example of health.json()) {
      expect(Object.keys((example as { details: object }).details).toSorted()).toEqual(parts.toSorted());
    }
  });
});
