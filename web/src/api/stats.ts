/** The queries of the numbers of all webhooks, for the overview. */
import { readStatsOfMinutesOptions, readStatsOptions } from './generated/@tanstack/react-query.gen';

const REFRESH_MS = 15_000;

export function statsQuery() {
  return { ...readStatsOptions({ query: { hours: 24 } }), refetchInterval: REFRESH_MS };
}

export function minutesQuery() {
  return { ...readStatsOfMinutesOptions(), refetchInterval: REFRESH_MS };
}
