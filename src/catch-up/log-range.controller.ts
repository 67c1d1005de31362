/** The REST route that says how many events the log has from a time on. It helps to choose where a webhook starts. */
import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { validate } from '../rest/validate.ts';
import { LogTimes } from './log-times.ts';
import { logRangeQuery, type LogRange } from './log-range.dto.ts';
import { DescribeReplays } from './replay.openapi.ts';

@ApiTags('replays')
@Controller('events')
export class LogRangeController {
  constructor(private readonly times: LogTimes) {}

  @Get('range')
  @DescribeReplays.range()
  async read(@Query() query: unknown): Promise<LogRange> {
    const { from } = validate(logRangeQuery, query);
    const { events, firstAt } = await this.times.since(from);
    return { events, first_at: firstAt?.toISOString() ?? null };
  }
}
