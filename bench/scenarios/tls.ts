/** As `compare` with a sink that answers at once, but over TLS: connections are kept alive, sessions resumed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SELF_SIGNED } from '../../test/support/self-signed.ts';
import type { Options } from '../options.ts';
import type { Rig } from '../rig.ts';
import { fill, inTurn, type Outcome } from '../scenario.ts';
import { Sink } from '../sink-process.ts';
import { contendersOn } from './compare.ts';

export async function tls(rig: Rig, options: Options): Promise<Outcome[]> {
  const directory = mkdtempSync(join(tmpdir(), 'user-webhooks-bench-'));
  const authority = join(directory, 'authority.pem');
  writeFileSync(authority, SELF_SIGNED.cert);
  const plain = rig.sink;
  rig.sink = await Sink.start(SELF_SIGNED);
  try {
    await fill(rig, { topic: 'events-tls', events: options.events, users: 1_000 });
    const environment = { NODE_EXTRA_CA_CERTS: authority };
    const where = { name: 'sink_tls', topic: 'events-tls', path: '/ok/tls', environment };
    const lines = await inTurn(rig, options.rounds, await contendersOn(rig, options, where));
    return [{ title: 'Sink with TLS', lines, targets: [] }];
  } finally {
    rig.sink.close();
    rig.sink = plain;
    rmSync(directory, { recursive: true, force: true });
  }
}
