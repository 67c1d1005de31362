/** How connections are made: undici's connectors, seen as what they are in fact. */
import type { Socket } from 'node:net';
import type { buildConnector } from 'undici';

/** A connection that does not stand yet; destroying it ends the attempt to make it. */
export interface Connecting {
  destroy(error: Error): void;
}

/** Dials; those that undici builds return the socket at once, though their type does not say so. */
export type Dial = (target: buildConnector.Options, connected: buildConnector.Callback) => Socket | undefined;
