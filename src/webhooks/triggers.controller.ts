/** `GET /triggers`: the four triggers from which a webhook can choose, each with a sample. */
import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { TRIGGER_CATALOGUE, TRIGGERS } from '../model/trigger.ts';
import type { TriggerList } from './public-lists.dto.ts';
import { Describe } from './webhook.openapi.ts';

@ApiTags('triggers')
@Controller('triggers')
export class TriggersController {
  @Get()
  @Describe.triggers()
  list(): TriggerList {
    return { data: TRIGGERS.map((name) => ({ name, ...TRIGGER_CATALOGUE[name] })) };
  }
}
