/** The component schemas of webhooks for the OpenAPI document, made from the DTOs. */
import { componentSchemas, parameterSchema, type JsonSchema } from '../rest/json-schema.ts';
import { keySet, triggerList } from './public-lists.dto.ts';
import {
  listQuery,
  newWebhookView,
  signingSecretView,
  webhookPage,
  webhookView,
  WebhookBodies,
} from './webhook.dto.ts';
import type { WebhooksSettings } from './webhooks.settings.ts';

export const SEARCH_SCHEMA = parameterSchema(listQuery.shape.search);
/** The part of RFC 9110 that clients send: no empty elements, and only ASCII. The service accepts all of RFC 9110. */
export const IF_MATCH_SCHEMA = {
  type: 'string' as const,
  pattern: '^(\\*|(W/)?"[!#-~]*"(, ?(W/)?"[!#-~]*")*)$',
  examples: ['"1"'],
};

/** The schemas to which routes refer as `#/components/schemas/…`. */
export function webhookComponents(settings: WebhooksSettings): Record<string, JsonSchema> {
  const bodies = new WebhookBodies(settings);
  return {
    ...componentSchemas({ WebhookInput: bodies.input, WebhookPatch: bodies.patch }, 'input'),
    ...componentSchemas(
      {
        Webhook: webhookView,
        NewWebhook: newWebhookView,
        SigningSecret: signingSecretView,
        WebhookPage: webhookPage,
        TriggerList: triggerList,
        KeySet: keySet,
      },
      'output',
    ),
  };
}
