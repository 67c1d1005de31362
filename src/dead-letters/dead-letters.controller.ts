/** The REST routes of dead letters. The services check bodies and queries; they are passed to it as received. */
import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { RequestOrigin } from '../audit/origin.decorator.ts';
import type { Origin } from '../model/actor.ts';
import { Problem } from '../rest/problem.ts';
import type { DeadLetterPage, DeadLetterView, SentBackView } from './dead-letters.dto.ts';
import { DescribeDeadLetters } from './dead-letters.openapi.ts';
import { DeadLettersService } from './dead-letters.service.ts';
import { SendBackService } from './send-back.service.ts';

const PARTITION = /^\d{1,9}$/;
/** No log ever reaches larger numbers. */
const OFFSET = /^\d{1,15}$/;

@ApiTags('dead letters')
@Controller('dead-letters')
export class DeadLettersController {
  constructor(
    private readonly letters: DeadLettersService,
    private readonly sendBacks: SendBackService,
  ) {}

  @Get()
  @DescribeDeadLetters.list()
  list(@Query() query: unknown): Promise<DeadLetterPage> {
    return this.letters.list(query);
  }

  @Get(':partition/:offset')
  @DescribeDeadLetters.read()
  read(@Param('partition') partition: string, @Param('offset') offset: string): Promise<DeadLetterView> {
    return this.letters.read(...placeOf(partition, offset));
  }

  @Post(':partition/:offset/send-back')
  @HttpCode(202)
  @DescribeDeadLetters.sendBack()
  sendBack(
    @RequestOrigin() origin: Origin,
    @Param('partition') partition: string,
    @Param('offset') offset: string,
    @Body() body: unknown,
  ): Promise<SentBackView> {
    return this.sendBacks.sendBack(origin, ...placeOf(partition, offset), body);
  }
}

function placeOf(partition: string, offset: string): [partition: number, offset: number] {
  if (!PARTITION.test(partition) || !OFFSET.test(offset))
    throw new Problem('not_found', `There is no dead letter at ${partition}/${offset}`);
  return [Number(partition), Number(offset)];
}
