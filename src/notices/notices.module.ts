/** Makes the ways for notices that the settings name. */
import { Module } from '@nestjs/common';
import { SETTINGS } from '../config/config.module.ts';
import type { KafkaSettings } from '../kafka/kafka.settings.ts';
import { noticesTopic } from '../kafka/notices-topic.ts';
import { Metrics } from '../metrics/metrics.ts';
import { Notices } from './notices.ts';
import type { NoticesSettings } from './notices.settings.ts';
import { TopicWay } from './topic-way.ts';
import { UrlWay } from './url-way.ts';

const CLOCK = { now: () => Date.now(), elapsed: () => performance.now() };

@Module({
  providers: [
    {
      provide: Notices,
      useFactory: (settings: KafkaSettings & NoticesSettings, metrics: Metrics) => {
        const topic = noticesTopic(settings);
        const { NOTICES_URL: url, NOTICES_TOKEN: token = null } = settings;
        const ways = [
          ...(topic === null ? [] : [new TopicWay(topic, settings)]),
          ...(url === undefined ? [] : [new UrlWay(url, token)]),
        ];
        return new Notices(ways, metrics, CLOCK);
      },
      inject: [SETTINGS, Metrics],
    },
  ],
  exports: [Notices],
})
export class NoticesModule {}
