/** The REST routes of replays. The services check bodies and queries; they are passed to them as received. */
import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { RequestOrigin } from '../audit/origin.decorator.ts';
import type { Origin } from '../model/actor.ts';
import type { ReplayPage, ReplayView } from './replay.dto.ts';
import { DescribeReplays } from './replay.openapi.ts';
import { ReplaysService } from './replays.service.ts';
import { ResendService } from './resend.service.ts';

@ApiTags('replays')
@Controller()
export class ReplaysController {
  constructor(
    private readonly replays: ReplaysService,
    private readonly resends: ResendService,
  ) {}

  @Post('webhooks/:id/replay')
  @HttpCode(202)
  @DescribeReplays.replay()
  replay(
    @RequestOrigin() origin: Origin,
    @Param('id') id: string,
    @Body() body: unknown,
  ): Promise<ReplayView> {
    return this.replays.replay(origin, id, body);
  }

  @Post('webhooks/:id/recover')
  @HttpCode(202)
  @DescribeReplays.recover()
  recover(
    @RequestOrigin() origin: Origin,
    @Param('id') id: string,
    @Body() body: unknown,
  ): Promise<ReplayView> {
    return this.replays.recover(origin, id, body);
  }

  @Post('deliveries/:id/resend')
  @HttpCode(202)
  @DescribeReplays.resend()
  resend(@RequestOrigin() origin: Origin, @Param('id') id: string): Promise<ReplayView> {
    return this.resends.resend(origin, id);
  }

  @Get('replays')
  @DescribeReplays.list()
  list(@Query() query: unknown): Promise<ReplayPage> {
    return this.replays.list(query);
  }

  @Get('replays/:id')
  @DescribeReplays.read()
  read(@Param('id') id: string): Promise<ReplayView> {
    return this.replays.read(id);
  }

  @Post('replays/:id/stop')
  @HttpCode(202)
  @DescribeReplays.stop()
  stop(@RequestOrigin() origin: Origin, @Param('id') id: string): Promise<ReplayView> {
    return this.replays.stop(origin, id);
  }
}
