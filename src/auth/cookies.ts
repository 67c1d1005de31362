/**
 * The cookies of the admin page. Scripts cannot read them, other sites cannot send them, and the browser drops them when
 * it closes.
 *
 * Over HTTPS their names begin with `__Host-`, so that no other host of the domain can set them. Without HTTPS, which is
 * for loopback only, browsers would refuse that prefix.
 */
import { parseCookie, stringifySetCookie } from 'cookie';

export class Cookie {
  readonly #name: string;
  readonly #secure: boolean;

  /** @param sameSite `lax`: it is also sent when another site leads here, as an identity provider does. */
  constructor(
    name: string,
    publicUrl: string,
    private readonly sameSite: 'strict' | 'lax',
  ) {
    this.#secure = publicUrl.startsWith('https:');
    this.#name = `${this.#secure ? '__Host-' : ''}user-webhooks-${name}`;
  }

  /** @param header that of the request. */
  read(header: string | undefined): string | null {
    return parseCookie(header ?? '')[this.#name] ?? null;
  }

  /** @returns the header `Set-Cookie`. */
  set(value: string): string {
    return this.#header(value);
  }

  clear(): string {
    return this.#header('', 0);
  }

  #header(value: string, maxAge?: number): string {
    return stringifySetCookie({
      name: this.#name,
      value,
      path: '/',
      httpOnly: true,
      secure: this.#secure,
      sameSite: this.sameSite,
      ...(maxAge !== undefined && { maxAge }),
    });
  }
}
