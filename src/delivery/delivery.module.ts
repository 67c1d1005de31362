import { Module } from '@nestjs/common';
import { SETTINGS } from '../config/config.module.ts';
import { VERSION } from '../config/version.ts';
import type { DeliverySettings } from './delivery.settings.ts';
import { RequestBuilder } from './request.ts';
import { Sender } from './sender.ts';

@Module({
  providers: [
    Sender,
    {
      provide: RequestBuilder,
      useFactory: (settings: DeliverySettings) =>
        new RequestBuilder(`user-webhooks/${VERSION}`, settings.REQUEST_TIMEOUT),
      inject: [SETTINGS],
    },
  ],
  exports: [Sender, RequestBuilder],
})
export class DeliveryModule {}
