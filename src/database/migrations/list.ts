/** Every migration, in order. A new one is added at the end; a released one is never changed. */
import { CreateRetries1764100000000 } from './1764100000000-create-retries.ts';
import { ReceiverTrust1764400000000 } from './1764400000000-receiver-trust.ts';
import { CreateWebhooks1764000000000 } from './1764000000000-create-webhooks.ts';

export const MIGRATIONS = [
  CreateWebhooks1764000000000,
  CreateRetries1764100000000,
  ReceiverTrust1764400000000,
];
