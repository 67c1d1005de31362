/** The lanes, with the limits of the webhooks as they are now. */
import type { FactoryProvider } from '@nestjs/common';
import { SETTINGS } from '../config/config.module.ts';
import type { LanesSettings } from '../lanes/lanes.settings.ts';
import type { LaneRules } from '../lanes/lane-work.ts';
import { Lanes } from '../lanes/lanes.ts';
import { MatchingService } from '../matching/matching.service.ts';

export const lanesProvider: FactoryProvider<Lanes> = {
  provide: Lanes,
  inject: [SETTINGS, MatchingService],
  useFactory: (settings: LanesSettings, matching: MatchingService) => {
    const rulesOf = (webhookId: string): LaneRules | null => {
      const webhook = matching.find(webhookId);
      if (!webhook) return null;
      const { maxInFlight, rateLimitPerSecond: ratePerSecond } = webhook;
      return { limit: maxInFlight ?? settings.MAX_IN_FLIGHT_PER_WEBHOOK, ratePerSecond };
    };
    return new Lanes(settings.MAX_IN_FLIGHT, rulesOf, {
      now: () => performance.now(),
      after: (ms, callback) => void setTimeout(callback, ms).unref(),
    });
  },
};
