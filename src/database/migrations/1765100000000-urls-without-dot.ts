/**
 * Takes the dot at the end of a host out of stored URLs, as URLs are stored since then. If another webhook has that URL
 * already, this one keeps its old spelling: both go on, as before, and its next change of URL is compared like any other.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class UrlsWithoutDot1765100000000 implements MigrationInterface {
  readonly name = 'UrlsWithoutDot1765100000000';

  async up(runner: QueryRunner): Promise<void> {
    const rows = (await runner.query(
      String.raw`SELECT id, url FROM webhooks WHERE url ~ '^[^/]*//[^/?#]*\.(:[0-9]*)?([/?#]|$)' ORDER BY id`,
    )) as { id: string; url: string }[];
    for (const { id, url } of rows) {
      const parsed = URL.parse(url);
      if (!parsed?.hostname.endsWith('.')) continue;
      parsed.hostname = parsed.hostname.slice(0, -1);
      await runner.query(
        'UPDATE webhooks SET url = $2 WHERE id = $1 AND NOT EXISTS (SELECT FROM webhooks WHERE url = $2)',
        [id, parsed.href],
      );
    }
  }

  down(): Promise<void> {
    // The older service takes URLs in this form as well.
    return Promise.resolve();
  }
}
