/**
 * The nonce of this very answer, which the service has put into the page. Without it, the policy of the page forbids every
 * style element that a library makes.
 */
import { setNonce } from 'get-nonce';

export function styleNonce(): string {
  const meta = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]');
  return meta?.nonce ?? '';
}

export function setStyleNonce(): void {
  setNonce(styleNonce());
}
