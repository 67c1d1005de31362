/**
 * `/health/live` says that the process answers. It asks no other system, so an outage elsewhere does not get the process
 * restarted for nothing. `/health/ready` says that the service does its job, or names each broken part and what is wrong.
 *
 * No token is needed. So calls within one second share one check, and addresses and messages of other systems are shown in
 * the log only.
 */
import { Controller, Get, HttpStatus, Res, ServiceUnavailableException } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { HealthCheckService, HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { DatabaseHealth } from './database-health.ts';
import { Public } from '../auth/route-access.ts';
import { DeadLetters } from '../intake/dead-letter.ts';
import { IntakeService } from '../intake/intake.service.ts';
import { BatchTransport } from '../kafka/batch-transport.ts';
import { MatchingService } from '../matching/matching.service.ts';
import { shared } from '../rest/shared-answer.ts';
import { ResultsService } from '../results/results.service.ts';

const SHARED_MS = 1_000;

interface Reply {
  status(code: number): unknown;
}

@ApiExcludeController()
@Controller('health')
export class HealthController {
  readonly #checked = shared(() => this.#check(), SHARED_MS);

  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly database: DatabaseHealth,
    private readonly transport: BatchTransport,
    private readonly intake: IntakeService,
    private readonly deadLetters: DeadLetters,
    private readonly matching: MatchingService,
    private readonly results: ResultsService,
  ) {}

  @Public()
  @Get('live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Public()
  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: Reply): Promise<unknown> {
    const { status, body } = await this.#checked();
    reply.status(status);
    return body;
  }

  async #check(): Promise<{ status: number; body: unknown }> {
    try {
      const body = await this.health.check([
        async () => this.#part('database', (await this.database.trouble()) ?? true),
        () => this.#part('webhooks', this.matching.trouble ?? true),
        () => this.#part('user_events', this.#reading()),
        () => this.#part('deliveries', this.results.trouble ?? true, this.results.leftOut),
        () => this.#part('dead_letters', this.deadLetters.trouble ?? true, this.deadLetters.leftOut),
      ]);
      return { status: HttpStatus.OK, body };
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      return { status: error.getStatus(), body: error.getResponse() };
    }
  }

  /** @returns true, or what is wrong. */
  #reading(): true | string {
    const held = this.intake.heldRecord;
    if (held)
      return `the record at partition ${held.partition}, offset ${held.offset} could not be taken: see the log`;
    return this.transport.trouble ?? true;
  }

  /** @param leftOut records that a topic took in no form: they are told, and no reason to send requests elsewhere. */
  #part<Name extends string>(name: Name, up: true | string, leftOut = 0): HealthIndicatorResult<Name> {
    const indicator = this.indicators.check(name);
    if (up !== true) return indicator.down(up);
    return indicator.up(leftOut === 0 ? {} : { records_left_out: leftOut });
  }
}
