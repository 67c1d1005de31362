/** All migrations, in order. Add a new one at the end. Never change a released one. */
import { AttemptMinutes1765500000000 } from './1765500000000-attempt-minutes.ts';
import { CatchUp1764900000000 } from './1764900000000-catch-up.ts';
import { CreateAudit1764300000000 } from './1764300000000-create-audit.ts';
import { CreateRetries1764100000000 } from './1764100000000-create-retries.ts';
import { DeadLetterSendBacks1765000000000 } from './1765000000000-dead-letter-send-backs.ts';
import { EncryptSecrets1764200000000 } from './1764200000000-encrypt-secrets.ts';
import { LeaseInPlace1764500000000 } from './1764500000000-lease-in-place.ts';
import { MessageIds1764700000000 } from './1764700000000-message-ids.ts';
import { History1764800100000 } from './1764800100000-history.ts';
import { ToldOfFailing1765250000000 } from './1765250000000-told-of-failing.ts';
import { LookUpByDelivery1765300000000 } from './1765300000000-look-up-by-delivery.ts';
import { UrlsWithoutDot1765100000000 } from './1765100000000-urls-without-dot.ts';
import { ReceiverTrust1764400000000 } from './1764400000000-receiver-trust.ts';
import { WebhooksByTheThousand1764600000000 } from './1764600000000-webhooks-by-the-thousand.ts';
import { RolesAndUsernames1764800000000 } from './1764800000000-roles-and-usernames.ts';
import { SentAgain1765400000000 } from './1765400000000-sent-again.ts';
import { CreateWebhooks1764000000000 } from './1764000000000-create-webhooks.ts';

export const MIGRATIONS = [
  CreateWebhooks1764000000000,
  CreateRetries1764100000000,
  EncryptSecrets1764200000000,
  CreateAudit1764300000000,
  ReceiverTrust1764400000000,
  LeaseInPlace1764500000000,
  WebhooksByTheThousand1764600000000,
  MessageIds1764700000000,
  RolesAndUsernames1764800000000,
  History1764800100000,
  CatchUp1764900000000,
  DeadLetterSendBacks1765000000000,
  UrlsWithoutDot1765100000000,
  ToldOfFailing1765250000000,
  LookUpByDelivery1765300000000,
  SentAgain1765400000000,
  AttemptMinutes1765500000000,
];
