/** The route `POST /webhooks/{id}/test`. */
import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { RequestOrigin } from '../audit/origin.decorator.ts';
import type { Origin } from '../model/actor.ts';
import type { Attempt } from '../model/attempt.ts';
import { validate } from '../rest/validate.ts';
import { Describe } from '../webhooks/webhook.openapi.ts';
import { testSendInput } from './test-send.dto.ts';
import { TestSendService } from './test-send.service.ts';

@ApiTags('webhooks')
@Controller('webhooks')
export class TestSendController {
  constructor(private readonly testSends: TestSendService) {}

  @Post(':id/test')
  @HttpCode(200)
  @Describe.testSend()
  send(@RequestOrigin() origin: Origin, @Param('id') id: string, @Body() body: unknown): Promise<Attempt> {
    return this.testSends.send(origin, id, validate(testSendInput, body).trigger);
  }
}
