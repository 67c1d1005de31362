/** How connections are made: undici's connectors, seen as what they are in fact. */
import type { buildConnector } from 'undici';

/** A connection that does not stand yet; destroying it ends the attempt to make it. */
export interface Connecting {
  destroy(error: Error): void;
}

/** Dials; what undici builds for it returns the socket at once, though its type does not say so. */
export type Dial = (
  target: buildConnector.Options,
  connected: buildConnector.Callback,
) => Connecting | undefined;
