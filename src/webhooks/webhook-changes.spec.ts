import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebhookChanges } from './webhook-changes.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a change', () => {
  it('is announced only after every listener has taken it in', async () => {
    const changes = new WebhookChanges();
    const heard: string[] = [];
    changes.onChange(async () => {
      await Promise.resolve();
      heard.push('first');
    });
    changes.onChange((webhookId) => {
      heard.push(`second: ${webhookId}`);
      return Promise.resolve();
    });
    await changes.announce('a');
    expect(heard.sort()).toEqual(['first', 'second: a']);
  });

  it('is announced to the others when a listener fails, and the failure is logged', async () => {
    const error = vi.spyOn(Logger.prototype, 'error').mockReturnValue(undefined);
    const changes = new WebhookChanges();
    const other = vi.fn(() => Promise.resolve());
    changes.onChange(() => {
      throw new Error('at once');
    });
    changes.onChange(() => Promise.reject(new Error('later')));
    changes.onChange(other);
    await expect(changes.announce('a')).resolves.toBeUndefined();
    expect(other).toHaveBeenCalledOnce();
    expect(error).toHaveBeenCalledTimes(2);
  });
});
