/** The routes of the history: deliveries, statistics, lag, and taking a user out of it. */
import { Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { RequestOrigin } from '../audit/origin.decorator.ts';
import type { Origin } from '../model/actor.ts';
import { DeliveriesService } from './deliveries.service.ts';
import type { DeliveryDetail, DeliveryPage } from './delivery.dto.ts';
import { Describe } from './history.openapi.ts';
import type { Lag } from './lag.dto.ts';
import { LagService } from './lag.ts';
import { MinuteStatsService } from './minute-stats.ts';
import { StatsService } from './stats.ts';
import type { MinuteStats, Stats, WebhooksStats } from './stats.dto.ts';
import { UserErasure } from './user-erasure.ts';

@ApiTags('history')
@Controller()
export class DeliveriesController {
  constructor(
    private readonly deliveries: DeliveriesService,
    private readonly stats: StatsService,
    private readonly minutes: MinuteStatsService,
    private readonly lag: LagService,
    private readonly erasure: UserErasure,
  ) {}

  @Get('deliveries')
  @Describe.list()
  list(@Query() query: unknown): Promise<DeliveryPage> {
    return this.deliveries.list(query);
  }

  @Get('deliveries/:id')
  @Describe.read()
  read(@Param('id') id: string): Promise<DeliveryDetail> {
    return this.deliveries.read(id);
  }

  @Get('stats')
  @Describe.stats()
  statsOfAll(@Query() query: unknown): Promise<Stats> {
    return this.stats.read(null, query);
  }

  @Get('stats/webhooks')
  @Describe.statsOfEach()
  statsOfEach(@Query() query: unknown): Promise<WebhooksStats> {
    return this.stats.readEach(query);
  }

  @Get('stats/minutes')
  @Describe.statsOfMinutes()
  statsOfMinutes(): Promise<MinuteStats> {
    return this.minutes.read();
  }

  @Get('lag')
  @Describe.lag()
  readLag(): Promise<Lag> {
    return this.lag.read();
  }

  @Get('webhooks/:id/stats')
  @Describe.webhookStats()
  statsOf(@Param('id') id: string, @Query() query: unknown): Promise<Stats> {
    return this.stats.read(id, query);
  }

  @Delete('users/:username/history')
  @HttpCode(204)
  @Describe.erase()
  erase(@RequestOrigin() origin: Origin, @Param('username') username: string): Promise<void> {
    return this.erasure.erase(origin, username);
  }
}
