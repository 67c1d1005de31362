/**
 * The service's axios instance, for every call that is not a delivery: the same connections, address rule, deadline
 * and limits as a delivery, since its adapter is a thin one over `Sender`. Deliveries hand their prepared requests to
 * `Sender` directly: axios' own pipeline costs more than all the rest of a delivery (docs/decisions/0003).
 */
import axios, {
  AxiosError,
  AxiosHeaders,
  type AxiosAdapter,
  type AxiosInstance,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
} from 'axios';
import type { ErrorCode } from '../model/attempt.ts';
import type { PreparedRequest } from './exchange.ts';
import type { Sender } from './sender.ts';

const MAX_BODY_BYTES = 64 * 1024;

/** How axios' users tell these failures apart. */
const AXIOS_CODES: Partial<Record<ErrorCode, string>> = {
  timeout: AxiosError.ECONNABORTED,
  invalid_response: AxiosError.ERR_BAD_RESPONSE,
};

/** @param defaultTimeoutMs for calls that set no `timeout`. */
export function createHttpClient(sender: Pick<Sender, 'send'>, defaultTimeoutMs: number): AxiosInstance {
  return axios.create({ adapter: adapterOver(sender), timeout: defaultTimeoutMs });
}

function adapterOver(sender: Pick<Sender, 'send'>): AxiosAdapter {
  return (config) =>
    new Promise<AxiosResponse>((resolve, reject) => {
      sender.send(
        prepare(config),
        (result) => {
          if ('failure' in result) {
            const { errorCode, message } = result.failure;
            reject(new AxiosError(message, AXIOS_CODES[errorCode] ?? AxiosError.ERR_NETWORK, config));
            return;
          }
          const { statusCode, headers, body } = result.answer;
          const response: AxiosResponse = {
            status: statusCode,
            statusText: '',
            headers: AxiosHeaders.from(headers as Record<string, string>),
            data: body.toString(),
            config,
          };
          if (config.validateStatus?.(statusCode) ?? true) resolve(response);
          else reject(refused(response));
        },
        MAX_BODY_BYTES,
      );
    });
}

function prepare(config: InternalAxiosRequestConfig): PreparedRequest {
  const url = new URL(axios.getUri(config));
  const headers = Object.entries(config.headers.toJSON()).flatMap(([name, value]) => [name, String(value)]);
  return {
    origin: url.origin,
    path: url.pathname + url.search,
    method: (config.method ?? 'get').toUpperCase(),
    headers,
    body: config.data === undefined || config.data === null ? null : Buffer.from(config.data as string),
    timeoutMs: config.timeout ?? 0,
    caCertificates: null,
  };
}

function refused(response: AxiosResponse): AxiosError {
  const code = response.status >= 500 ? AxiosError.ERR_BAD_RESPONSE : AxiosError.ERR_BAD_REQUEST;
  return new AxiosError(
    `The answer has status ${response.status}`,
    code,
    response.config,
    undefined,
    response,
  );
}
