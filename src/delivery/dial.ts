/** How connections are made: undici's connectors, with the type that they really have. */
import type { buildConnector } from 'undici';

/** A connection that is not open yet. `destroy` stops opening it. */
export interface PendingConnection {
  destroy(error: Error): void;
}

/** Opens a connection. undici's connectors return the socket at once, though their type does not say so. */
export type Dial = (
  target: buildConnector.Options,
  connected: buildConnector.Callback,
) => PendingConnection | undefined;
