/**
 * The limit of open files, which sockets are too. Deliveries get what Kafka, PostgreSQL and REST leave of it; without
 * that, a few hundred requests to receivers that hang would take the files of everybody else.
 */
import { readFileSync } from 'node:fs';
import { StartError } from './start-error.ts';

/** For Kafka, PostgreSQL, REST and Node itself: a quarter, within these bounds. With few files REST has less. */
const KEPT = { atLeast: 128, atMost: 512 };
/** Of the sockets of deliveries; the others are for further addresses of a host, and for those that are just closed. */
const SHARE_OF_REQUESTS = 3 / 4;
const SOCKETS = { fewest: 8, few: 40 };

/** Of what is kept: for Kafka, PostgreSQL and Node itself; and for connections to REST, at least. */
const FOR_THE_PROCESS = 64;
const FEWEST_FOR_REST = 24;
const FEWEST_FILES = FOR_THE_PROCESS + FEWEST_FOR_REST + SOCKETS.fewest;
const WAYS = 'ulimit -n, LimitNOFILE= of systemd, --ulimit nofile= of Docker';

interface RequestLimits {
  readonly MAX_IN_FLIGHT: number;
  readonly MAX_IN_FLIGHT_PER_WEBHOOK: number;
}

/** Node has raised it as far as it may. @returns Infinity where it is not known. */
export function openFilesLimit(): number {
  try {
    const [, limit] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return limit === undefined ? Infinity : Number(limit);
  } catch {
    return Infinity;
  }
}

/** How many sockets deliveries may have open at once. */
export function socketsOfDeliveries(openFiles: number): number {
  return openFiles - kept(openFiles);
}

/** How many connections the HTTP server may have open at once. */
export function connectionsOfRest(openFiles: number): number {
  return kept(openFiles) - FOR_THE_PROCESS;
}

function kept(openFiles: number): number {
  const share = Math.min(KEPT.atMost, Math.max(KEPT.atLeast, Math.floor(openFiles / 4)));
  return Math.max(FOR_THE_PROCESS + FEWEST_FOR_REST, Math.min(share, openFiles - SOCKETS.few));
}

/**
 * @returns the settings as they can be kept, and a warning where they are others.
 * @throws StartError if nothing would be left for deliveries.
 */
export function fitToOpenFiles<Limits extends RequestLimits>(
  settings: Limits,
  openFiles: number,
): { settings: Limits; warnings: string[] } {
  if (openFiles < FEWEST_FILES) {
    throw new StartError(
      `The process may open only ${openFiles} files, and needs ${FEWEST_FILES} at least: raise the limit (${WAYS})`,
    );
  }
  const most = Math.floor(socketsOfDeliveries(openFiles) * SHARE_OF_REQUESTS);
  const { MAX_IN_FLIGHT, MAX_IN_FLIGHT_PER_WEBHOOK } = settings;
  if (MAX_IN_FLIGHT <= most) return { settings, warnings: [] };
  const needed = Math.ceil(MAX_IN_FLIGHT / SHARE_OF_REQUESTS) + KEPT.atMost;
  return {
    settings: {
      ...settings,
      MAX_IN_FLIGHT: most,
      MAX_IN_FLIGHT_PER_WEBHOOK: Math.min(MAX_IN_FLIGHT_PER_WEBHOOK, most),
    },
    warnings: [
      `MAX_IN_FLIGHT is ${most} instead of ${MAX_IN_FLIGHT}, as the process may open only ${openFiles} files: let it open ${needed} (${WAYS})`,
    ],
  };
}
