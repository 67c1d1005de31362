/**
 * Owns the Ed25519 key pair of the service, for webhooks that ask for such signatures. All instances share one pair. It is
 * stored sealed in the table `service_keys`.
 *
 * The first instance that needs the pair makes it. If two make one at the same time, both use the one that was stored
 * first.
 */
import { generateKeyPairSync } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { FOR_DELIVERIES } from '../database/data-source.ts';
import { privateKeyText, type PrivateJwk } from '../model/signing-keys.ts';
import { SecretBox, type Place } from './secret-box.ts';

const NAME = 'ed25519';
export const SERVICE_KEY_PLACE: Place = { table: 'service_keys', id: NAME, column: 'private_key' };

const SELECT = 'SELECT private_key FROM service_keys WHERE name = $1';
const INSERT = 'INSERT INTO service_keys (name, private_key) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING';

@Injectable()
export class ServiceKey {
  constructor(
    @InjectDataSource(FOR_DELIVERIES) private readonly dataSource: DataSource,
    private readonly box: SecretBox,
  ) {}

  /** @returns the private key, `whsk_…`. */
  async load(): Promise<string> {
    const stored = await this.#read();
    if (stored !== null) return stored;
    await this.dataSource.query(INSERT, [NAME, this.box.seal(newPrivateKey(), SERVICE_KEY_PLACE)]);
    const made = await this.#read();
    if (made === null) throw new Error('The service key was deleted right after it was made');
    return made;
  }

  async #read(): Promise<string | null> {
    const [row] = await this.dataSource.query<{ private_key: string }[]>(SELECT, [NAME]);
    return row ? this.box.open(row.private_key, SERVICE_KEY_PLACE) : null;
  }
}

function newPrivateKey(): string {
  const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  return privateKeyText(jwk as Pick<PrivateJwk, 'd' | 'x'>);
}
