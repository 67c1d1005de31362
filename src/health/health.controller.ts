/**
 * `/health/live` says that the process answers. It asks no other system, so an outage elsewhere does not get the process
 * restarted for nothing. `/health/ready` says that the service does its job, or names each broken part and what is wrong.
 *
 * No token is needed. So calls within one second share one check, and addresses and messages of other systems are shown in
 * the log only.
 */
import { Controller, Get, HttpStatus, Inject, Res, ServiceUnavailableException } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import {
  HealthCheckService,
  HealthIndicatorService,
  type HealthIndicatorFunction,
  type HealthIndicatorResult,
} from '@nestjs/terminus';
import { SETTINGS } from '../config/config.module.ts';
import type { RolesSettings } from '../config/roles.settings.ts';
import { DatabaseHealth } from './database-health.ts';
import { Public } from '../auth/route-access.ts';
import { DeadLetters } from '../intake/dead-letter.ts';
import { HistoryService } from '../history/history.service.ts';
import { IntakeService } from '../intake/intake.service.ts';
import { BatchTransport } from '../kafka/batch-transport.ts';
import { MatchingService } from '../matching/matching.service.ts';
import { shared } from '../rest/shared-answer.ts';
import { RetryWriter } from '../retries/retry-writer.ts';
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
    private readonly history: HistoryService,
    private readonly retries: RetryWriter,
    @Inject(SETTINGS) private readonly settings: RolesSettings,
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
    const { ROLES: roles } = this.settings;
    try {
      const body = await this.health.check(this.#parts());
      return { status: HttpStatus.OK, body: { roles, ...body } };
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      return { status: error.getStatus(), body: { roles, ...(error.getResponse() as object) } };
    }
  }

  /** Of the roles of this process. */
  #parts(): HealthIndicatorFunction[] {
    const { ROLES: roles } = this.settings;
    const dispatches = roles.includes('dispatch');
    const sends = dispatches || roles.includes('api');
    return [
      async () => this.#part('database', (await this.database.trouble()) ?? true, this.retries.leftOut),
      ...(sends ? [() => this.#part('webhooks', this.matching.trouble ?? true)] : []),
      ...(dispatches ? [() => this.#part('user_events', this.#reading())] : []),
      ...(sends ? [() => this.#part('deliveries', this.results.trouble ?? true, this.results.leftOut)] : []),
      ...(dispatches
        ? [() => this.#part('dead_letters', this.deadLetters.trouble ?? true, this.deadLetters.leftOut)]
        : []),
      ...(roles.includes('history') ? [() => this.#part('history', this.history.trouble ?? true)] : []),
    ];
  }

  /** @returns true, or what is wrong. */
  #reading(): true | string {
    const held = this.intake.heldRecord;
    if (held)
      return `the record at partition ${held.partition}, offset ${held.offset} could not be taken: see the log`;
    return this.transport.trouble ?? true;
  }

  /** @param leftOut what a topic or PostgreSQL took in no form: they are told, and no reason to send requests elsewhere. */
  #part<Name extends string>(name: Name, up: true | string, leftOut = 0): HealthIndicatorResult<Name> {
    const indicator = this.indicators.check(name);
    if (up !== true) return indicator.down(up);
    return indicator.up(leftOut === 0 ? {} : { records_left_out: leftOut });
  }
}
