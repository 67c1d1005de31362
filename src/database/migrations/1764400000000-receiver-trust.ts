/**
 * Adds the certificate authorities of a webhook. Also rewrites all URLs into the normal form in which they are compared
 * (WHATWG URL: host in lower case, no default port, `/` for an empty path). If two webhooks then have the same URL, the
 * younger one keeps its old spelling.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ReceiverTrust1764400000000 implements MigrationInterface {
  readonly name = 'ReceiverTrust1764400000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE webhooks ADD COLUMN ca_certificates text');
    const rows = (await runner.query('SELECT id, url FROM webhooks ORDER BY id')) as {
      id: string;
      url: string;
    }[];
    for (const { id, url } of rows) {
      const normal = URL.parse(url)?.href ?? url;
      if (normal === url) continue;
      await runner.query(
        'UPDATE webhooks SET url = $2 WHERE id = $1 AND NOT EXISTS (SELECT FROM webhooks WHERE url = $2)',
        [id, normal],
      );
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE webhooks DROP COLUMN ca_certificates');
  }
}
