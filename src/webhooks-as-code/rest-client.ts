/**
 * The REST calls of the command. An answer other than success is a result, not an exception: either one webhook was
 * refused, or the service takes nothing now and the command ends. No message holds a token.
 */
import axios, { isAxiosError, type AxiosInstance, type AxiosResponse } from 'axios';
import { z } from 'zod';
import { StartError } from '../config/start-error.ts';
import { VERSION } from '../config/version.ts';

const TIMEOUT_MS = 30_000;
const PAGE = 100;

/** A webhook, as the service shows it. A newer service may show more. */
const webhookSchema = z.looseObject({
  id: z.string(),
  url: z.string(),
  enabled: z.boolean(),
  headers: z.record(z.string(), z.string()),
  has_secret_token: z.boolean(),
  pending_count: z.number(),
});
export type StoredWebhook = z.output<typeof webhookSchema>;

const pageSchema = z.looseObject({ data: z.array(webhookSchema), next_cursor: z.string().nullable() });
const madeSchema = z.looseObject({ signing_secret: z.string() });
const problemSchema = z.looseObject({ code: z.string(), title: z.string(), detail: z.string().optional() });

/** These are not about the webhook. The next request would get the same answer. */
const CONCERNS_ALL = new Set([401, 403, 429, 503]);

/** This webhook was refused. */
export class Refused extends StartError {
  override readonly name = 'Refused';

  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

export interface Tagged {
  readonly webhook: StoredWebhook;
  readonly etag: string;
}

export class RestClient {
  readonly #http: AxiosInstance;

  /** @param url of the service, without `/api/v1`. */
  constructor(
    private readonly url: string,
    token: string,
  ) {
    this.#http = axios.create({
      baseURL: `${url.endsWith('/') ? url.slice(0, -1) : url}/api/v1`,
      headers: { Authorization: `Bearer ${token}`, 'User-Agent': `user-webhooks-as-code/${VERSION}` },
      timeout: TIMEOUT_MS,
      maxRedirects: 0,
      proxy: false,
      validateStatus: () => true,
    });
  }

  /** All, in the order of creation. */
  async list(): Promise<StoredWebhook[]> {
    const all: StoredWebhook[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await this.#ask(pageSchema, () =>
        this.#http.get<unknown>('/webhooks', { params: { limit: PAGE, cursor } }),
      );
      all.push(...page.body.data);
      cursor = page.body.next_cursor;
    }
    return all;
  }

  async read(id: string): Promise<Tagged> {
    const { body, etag } = await this.#ask(webhookSchema, () => this.#http.get<unknown>(path(id)));
    if (etag === undefined) throw this.#isAnother();
    return { webhook: body, etag };
  }

  /** @returns its signing secret too, which is shown only now. */
  async create(body: object): Promise<z.output<typeof madeSchema>> {
    return (await this.#ask(madeSchema, () => this.#http.post<unknown>('/webhooks', body))).body;
  }

  async patch(id: string, etag: string, body: object): Promise<void> {
    const headers = { 'If-Match': etag };
    await this.#ask(webhookSchema, () => this.#http.patch<unknown>(path(id), body, { headers }));
  }

  async remove(id: string, etag: string): Promise<void> {
    const headers = { 'If-Match': etag };
    await this.#ask(z.unknown(), () => this.#http.delete<unknown>(path(id), { headers }));
  }

  async #ask<Body>(
    schema: z.ZodType<Body>,
    request: () => Promise<AxiosResponse<unknown>>,
  ): Promise<{ body: Body; etag: string | undefined }> {
    const { status, data, headers } = await request().catch((error: unknown) => {
      throw this.#unreachable(error);
    });
    if (status < 200 || status >= 300) throw this.#refusal(status, data);
    const body = schema.safeParse(data);
    if (!body.success) throw this.#isAnother();
    const etag: unknown = headers['etag'];
    return { body: body.data, etag: typeof etag === 'string' ? etag : undefined };
  }

  #refusal(status: number, data: unknown): Error {
    const problem = problemSchema.safeParse(data);
    if (!problem.success) return this.#isAnother();
    const { code, title, detail = title } = problem.data;
    if (!CONCERNS_ALL.has(status)) return new Refused(detail, status);
    return new StartError(`The service at ${this.url} answers ${status} ${code}: ${detail}`);
  }

  #unreachable(error: unknown): Error {
    if (!isAxiosError(error)) return error as Error;
    const why = error.code ?? 'no answer';
    return new StartError(
      `The service at ${this.url} gave no answer (${why}): start it, or name another with --url or USER_WEBHOOKS_URL`,
    );
  }

  #isAnother(): StartError {
    return new StartError(
      `What is at ${this.url} does not answer as User Webhooks does: name the service with --url or USER_WEBHOOKS_URL`,
    );
  }
}

function path(id: string): string {
  return `/webhooks/${encodeURIComponent(id)}`;
}
