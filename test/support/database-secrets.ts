/** What the service stores encrypted, read and written by a test that has its key. */
import { withClient } from '../../dev/embedded-postgres.ts';
import { SecretBox } from '../../src/secrets/secret-box.ts';
import { place } from '../../src/secrets/webhook-secrets.ts';
import { SECRETS_KEY } from './service.ts';

export const secretBox = new SecretBox([Buffer.from(SECRETS_KEY, 'base64')]);

/** The secrets of a webhook as they are sent. */
export async function storedSecrets(
  databaseUrl: string,
  id: string,
): Promise<{ secretToken: string | null; headers: Record<string, string> }> {
  const { rows } = await withClient(databaseUrl, (client) =>
    client.query<{ secret_token: string | null; headers: Record<string, string> }>(
      'SELECT secret_token, headers FROM webhooks WHERE id = $1',
      [id],
    ),
  );
  const [row] = rows;
  if (!row) throw new Error(`There is no webhook ${id}`);
  const headers = Object.entries(row.headers).map(([name, sealed]): [string, string] => [
    name,
    secretBox.open(sealed, place.header(id, name)),
  ]);
  return {
    secretToken: row.secret_token === null ? null : secretBox.open(row.secret_token, place.secretToken(id)),
    headers: Object.fromEntries(headers),
  };
}
