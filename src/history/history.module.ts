/** The history: the results topic in PostgreSQL, and the routes that read it. */
import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.ts';
import { KafkaModule } from '../kafka/kafka.module.ts';
import { RolesModule } from '../roles/roles.module.ts';
import { DeliveriesController } from './deliveries.controller.ts';
import { DeliveriesService, REQUESTS, type Requests } from './deliveries.service.ts';
import { DeliveryLookup } from './delivery-lookup.ts';
import { HistoryService } from './history.service.ts';
import { StatsService } from './stats.ts';
import { UserErasure } from './user-erasure.ts';
import { Waits } from './waits-for.ts';

/** Until somebody reads events back. */
const NO_REQUESTS: Requests = {
  ofDelivery: () => Promise.resolve({ request: null, request_missing: null }),
};

@Module({
  imports: [KafkaModule, RolesModule, AuditModule],
  controllers: [DeliveriesController],
  providers: [
    HistoryService,
    DeliveriesService,
    DeliveryLookup,
    StatsService,
    UserErasure,
    Waits,
    { provide: REQUESTS, useValue: NO_REQUESTS },
  ],
  exports: [HistoryService, DeliveryLookup],
})
export class HistoryModule {}
