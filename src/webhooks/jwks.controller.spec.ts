import { expect, it } from 'vitest';
import { privateKeyText } from '../model/signing-keys.ts';
import type { ServiceKey } from '../secrets/service-key.ts';
import { JwksController } from './jwks.controller.ts';

it('names the key by its thumbprint, as in RFC 8037 appendix A.3', async () => {
  const [d, x] = [
    'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
    '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  ];
  const serviceKey: Pick<ServiceKey, 'load'> = { load: () => Promise.resolve(privateKeyText({ d, x })) };
  const { keys } = await new JwksController(serviceKey as ServiceKey).keys();
  expect(keys).toMatchObject([{ x, kid: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k' }]);
});
