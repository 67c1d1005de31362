/**
 * `npm start` prints an address with the token in its fragment, which no browser sends to a server. It is taken out of the
 * address before anything else happens, so that it stands in no history, bookmark or screenshot.
 */
import { beginSession } from './session';

export function takeTokenFromAddress(): void {
  const { hash, pathname, search } = window.location;
  if (!hash.startsWith('#token=')) return;
  window.history.replaceState(null, '', pathname + search);
  const token = decodeToken(hash.slice('#token='.length));
  if (token !== '') beginSession({ token });
}

function decodeToken(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
