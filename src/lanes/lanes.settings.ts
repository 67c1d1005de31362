/** The settings of how many requests may be under way at once. */
import { wholeNumber } from '../config/setting-values.ts';
import type { SettingsDeclaration, SettingsOf } from '../config/settings-declaration.ts';

const shape = {
  MAX_IN_FLIGHT: wholeNumber(1, 10_000)
    .default(1_024)
    .describe('Requests under way at once, over all webhooks'),
  MAX_IN_FLIGHT_PER_WEBHOOK: wholeNumber(1, 10_000)
    .default(256)
    .describe('Requests under way at once to one webhook; a webhook may override it'),
};

export type LanesSettings = SettingsOf<typeof shape>;

export const lanesSettings: SettingsDeclaration<typeof shape> = {
  shape,
  faults: ({ MAX_IN_FLIGHT, MAX_IN_FLIGHT_PER_WEBHOOK }) =>
    MAX_IN_FLIGHT_PER_WEBHOOK > MAX_IN_FLIGHT
      ? [
          `MAX_IN_FLIGHT_PER_WEBHOOK must be at most MAX_IN_FLIGHT, but is ${MAX_IN_FLIGHT_PER_WEBHOOK} of ${MAX_IN_FLIGHT}`,
        ]
      : [],
};
