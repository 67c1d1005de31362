/**
 * `/health/live` says that the process answers. It asks no other system, so an outage elsewhere does not get the process
 * restarted for nothing. `/health/ready` says that the service does its job, or names each broken part and what is wrong.
 *
 * No token is needed. So calls within one second share one check, and addresses and messages of other systems are shown in
 * the log only.
 */
import { Controller, Get, HttpStatus, Res, ServiceUnavailableException } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import {
  HealthCheckService,
  HealthIndicatorService,
  TypeOrmHealthIndicator,
  type HealthIndicatorResult,
} from '@nestjs/terminus';
import { Public } from '../auth/route-access.ts';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { FOR_DELIVERIES } from '../database/data-source.ts';
import { IntakeService } from '../intake/intake.service.ts';
import { BatchTransport } from '../kafka/batch-transport.ts';
import { MatchingService } from '../matching/matching.service.ts';
import { shared } from '../rest/shared-answer.ts';
import { ResultsService } from '../results/results.service.ts';

const DATABASE_TIMEOUT_MS = 2_000;
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
    private readonly database: TypeOrmHealthIndicator,
    @InjectDataSource(FOR_DELIVERIES) private readonly dataSource: DataSource,
    private readonly transport: BatchTransport,
    private readonly intake: IntakeService,
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
        async () => ownWords(await this.database.pingCheck('database', this.#ping)),
        () => this.#part('webhooks', this.matching.trouble ?? true),
        () => this.#part('user_events', this.#eventsState()),
        () => this.#part('deliveries', this.results.trouble ?? true),
        () => this.#part('dead_letters', this.intake.deadLettersTrouble ?? true),
      ]);
      return { status: HttpStatus.OK, body };
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      return { status: error.getStatus(), body: error.getResponse() };
    }
  }

  /** Uses a connection of the deliveries. Slow lists may take all those of REST, and that does not break the service. */
  get #ping(): { timeout: number; connection: DataSource } {
    return { timeout: DATABASE_TIMEOUT_MS, connection: this.dataSource };
  }

  /** @returns true, or what keeps events from being read. */
  #eventsState(): true | string {
    const held = this.intake.heldRecord;
    if (held)
      return `the record at partition ${held.partition}, offset ${held.offset} could not be taken: see the log`;
    return this.transport.trouble ?? true;
  }

  #part<Name extends string>(name: Name, up: true | string): HealthIndicatorResult<Name> {
    const indicator = this.indicators.check(name);
    return up === true ? indicator.up() : indicator.down(up);
  }
}

/** Replaces PostgreSQL's own message, which may name users and addresses. */
function ownWords({ database }: HealthIndicatorResult<'database'>): HealthIndicatorResult<'database'> {
  const message = `PostgreSQL gives no good answer within ${DATABASE_TIMEOUT_MS / 1_000} seconds: see the log`;
  return { database: database.status === 'up' ? database : { ...database, message } };
}
