/** Whom the token speaks for, for every view that asks what this person may do. */
import { createContext, useContext } from 'react';
import type { Session } from '../api/generated/types.gen';

export const ActorContext = createContext<Session | null>(null);

export function useActor(): Session {
  const actor = useContext(ActorContext);
  if (actor === null) throw new Error('useActor() needs a session');
  return actor;
}

/** The id of the element that says to a viewer why nothing can be changed. */
export const VIEWER_HELP = 'viewer-help';

export function useMayChange(): boolean {
  return useActor().role === 'admin';
}
