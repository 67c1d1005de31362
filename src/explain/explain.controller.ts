/** The route `POST /explain`. It has a body, but changes nothing, so viewers may call it. */
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ReadsOnly } from '../auth/route-access.ts';
import type { Explanation } from './explain.dto.ts';
import { DescribeExplain } from './explain.openapi.ts';
import { ExplainService } from './explain.service.ts';

@ApiTags('deliveries')
@Controller('explain')
export class ExplainController {
  constructor(private readonly service: ExplainService) {}

  @Post()
  @HttpCode(200)
  @ReadsOnly()
  @DescribeExplain.explain()
  explain(@Body() body: unknown): Promise<Explanation> {
    return this.service.explain(body);
  }
}
