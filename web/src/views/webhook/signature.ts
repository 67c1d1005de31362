/** How a signature of Standard Webhooks (v1) is made: HMAC-SHA256 over id, timestamp and body. All of it in the browser. */
export interface SignedParts {
  readonly id: string;
  readonly timestamp: string;
  readonly body: string;
}

export function signedText({ id, timestamp, body }: SignedParts): string {
  return `${id}.${timestamp}.${body}`;
}

/** A browser has cryptography only for pages that came by HTTPS or from this machine. */
export function canSign(): boolean {
  return window.isSecureContext;
}

/** @returns null when the secret is none, or where the browser cannot. */
export async function sign(secret: string, parts: SignedParts): Promise<string | null> {
  const key = canSign() ? keyOf(secret) : null;
  if (key === null) return null;
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const imported = await crypto.subtle.importKey('raw', key, algorithm, false, ['sign']);
  const made = await crypto.subtle.sign('HMAC', imported, new TextEncoder().encode(signedText(parts)));
  return `v1,${btoa(String.fromCharCode(...new Uint8Array(made)))}`;
}

/** The header may hold several, one per valid key. */
export function holds(header: string, signature: string): boolean {
  return header.trim().split(/\s+/).includes(signature);
}

function keyOf(secret: string): Uint8Array<ArrayBuffer> | null {
  try {
    const text = atob(secret.trim().replace(/^whsec_/, ''));
    return text === '' ? null : Uint8Array.from(text, (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}
