/** The history: the results topic in PostgreSQL, and the routes that read it. */
import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.ts';
import { ExplainModule } from '../explain/explain.module.ts';
import { KafkaModule } from '../kafka/kafka.module.ts';
import { RolesModule } from '../roles/roles.module.ts';
import { DeliveriesController } from './deliveries.controller.ts';
import { DeliveriesService } from './deliveries.service.ts';
import { DeliveryLookup } from './delivery-lookup.ts';
import { HistoryService } from './history.service.ts';
import { LagService } from './lag.ts';
import { MinuteStatsService } from './minute-stats.ts';
import { StatsService } from './stats.ts';
import { UserErasure } from './user-erasure.ts';
import { Waits } from './waits-for.ts';

@Module({
  imports: [KafkaModule, RolesModule, AuditModule, ExplainModule],
  controllers: [DeliveriesController],
  providers: [
    HistoryService,
    DeliveriesService,
    DeliveryLookup,
    LagService,
    MinuteStatsService,
    StatsService,
    UserErasure,
    Waits,
  ],
  exports: [HistoryService, DeliveryLookup],
})
export class HistoryModule {}
