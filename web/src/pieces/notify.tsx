/** Short notes in the corner: what was done, or why it was not. Their code is fetched with the first of them. */
import { lazy, Suspense, useSyncExternalStore, type ReactElement } from 'react';

interface Note {
  readonly title?: string;
  readonly message: string;
  readonly color?: 'red';
}

const Corner = lazy(async () => ({ default: (await import('./notification-corner')).NotificationCorner }));

let used = false;
const listeners = new Set<() => void>();

export function notify(note: Note): void {
  used = true;
  for (const listener of listeners) listener();
  void import('./notification-corner').then(({ show }) => {
    show(note);
  });
}

export function Notes(): ReactElement | null {
  const wanted = useSyncExternalStore(subscribe, () => used);
  return wanted ? (
    <Suspense>
      <Corner />
    </Suspense>
  ) : null;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
