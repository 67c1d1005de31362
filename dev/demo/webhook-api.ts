/** The two calls of the REST API that the demo needs: make a webhook and delete it. A refusal shows the service's answer. */
import axios, { isAxiosError } from 'axios';
import { Fault, messageOf } from '../fault.ts';

export interface NewWebhook {
  readonly url: string;
  readonly description: string;
  readonly secret_token: string;
  readonly triggers: readonly string[];
  readonly method: 'POST';
}

export interface WebhookApi {
  /** @returns its id. */
  create(webhook: NewWebhook): Promise<string>;
  delete(id: string): Promise<void>;
}

export function webhookApi(url: string, adminToken: string): WebhookApi {
  const http = axios.create({
    baseURL: `${url}/api/v1`,
    headers: { authorization: `Bearer ${adminToken}` },
    timeout: 10_000,
    proxy: false,
  });
  return {
    create: async (webhook) => {
      try {
        return (await http.post<{ id: string }>('/webhooks', webhook)).data.id;
      } catch (error) {
        throw new Fault(`The webhook could not be made at ${url}: ${reasonOf(error)}`);
      }
    },
    delete: async (id) => {
      await http.delete(`/webhooks/${id}`);
    },
  };
}

/** The problem document of the answer, if there was one. */
function reasonOf(error: unknown): string {
  if (!isAxiosError(error) || error.response === undefined) return messageOf(error);
  if (error.response.status === 401) return 'the admin token is not the right one: set ADMIN_TOKEN.';
  return `${error.response.status} ${JSON.stringify(error.response.data)}`;
}
