/**
 * Where the gauges get their values when somebody asks for the metrics. All values are in memory: neither Kafka nor
 * PostgreSQL is asked. A value that is not known is left out, and never shown as 0.
 */
import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '../config/config.module.ts';
import { VERSION } from '../config/version.ts';
import { Sender } from '../delivery/sender.ts';
import { DeadLetters } from '../intake/dead-letter.ts';
import { IntakeService } from '../intake/intake.service.ts';
import { BatchTransport } from '../kafka/batch-transport.ts';
import { GroupPlaces } from '../kafka/group-places.ts';
import { LaneCensus } from './lane-census.ts';
import { CatchUp } from '../catch-up/catch-up.ts';
import { HistoryService } from '../history/history.service.ts';
import { Lanes } from '../lanes/lanes.ts';
import type { LanesSettings } from '../lanes/lanes.settings.ts';
import { MatchingService } from '../matching/matching.service.ts';
import type { Gauge } from '../metrics/families.ts';
import { Metrics } from '../metrics/metrics.ts';
import { RetryWorker } from '../pipeline/retry-worker.ts';
import { ResultsService } from '../results/results.service.ts';
import { RetryWriter } from '../retries/retry-writer.ts';
import { RowCensus } from '../retries/row-census.ts';
import { partitionSamples } from './partition-samples.ts';

@Injectable()
export class Gauges {
  constructor(
    private readonly metrics: Metrics,
    @Inject(SETTINGS) private readonly settings: LanesSettings,
    private readonly transport: BatchTransport,
    private readonly places: GroupPlaces,
    private readonly intake: IntakeService,
    private readonly deadLetters: DeadLetters,
    private readonly matching: MatchingService,
    private readonly lanes: Lanes,
    private readonly sender: Sender,
    private readonly writer: RetryWriter,
    private readonly worker: RetryWorker,
    private readonly rows: RowCensus,
    private readonly results: ResultsService,
    private readonly catchUp: CatchUp,
    private readonly history: HistoryService,
  ) {}

  /** Once, before anybody asks. */
  connect(): void {
    this.#parts();
    this.#stream();
    this.#requests();
    this.#table();
    this.#again();
    this.#history();
  }

  #parts(): void {
    const { metrics, matching, transport, results, deadLetters, worker, intake, history } = this;
    metrics.watchProcess();
    metrics.info.readFrom(() => [[[VERSION], 1]]);
    metrics.up.readFrom(() => [
      [['database'], Number(worker.state.looks)],
      [['webhooks'], Number(matching.trouble === null)],
      [['user_events'], Number(transport.trouble === null && intake.heldRecord === null)],
      [['deliveries'], Number(results.trouble === null)],
      [['dead_letters'], Number(deadLetters.trouble === null)],
    ]);
    metrics.up.readFrom(() => (history.state ? [[['history'], Number(history.trouble === null)]] : []));
    metrics.publishQueue.readFrom(() =>
      [results.queue, deadLetters.queue].map(([topic, records]) => [[topic], records]),
    );
  }

  #stream(): void {
    const { metrics, intake, transport } = this;
    number(metrics.eventsInFlight, () => intake.inFlight);
    number(metrics.recordsWaiting, () => intake.state.records);
    number(metrics.inWork, () => intake.state.held.deliveries);
    number(metrics.bytesInWork, () => intake.state.held.bytes);
    number(metrics.fetchAge, () => transport.fetchAgeMs / 1_000);
    number(metrics.paused, () => transport.paused);
    const samples = (): ReturnType<typeof partitionSamples> =>
      partitionSamples(intake.state.positions, this.places.known);
    metrics.partitionOffset.readFrom(() => samples().offsets);
    metrics.partitionLag.readFrom(() => samples().lags);
  }

  #requests(): void {
    const { metrics, lanes, sender, settings } = this;
    const census = (): LaneCensus => new LaneCensus(lanes.all, performance.now());
    number(metrics.requestsInFlight, () => lanes.running);
    number(metrics.requestsAtMost, () => settings.MAX_IN_FLIGHT);
    metrics.laneDepth.readFrom(() => census().waiting);
    number(metrics.deepestLane, () => census().deepest);
    metrics.lanes.readFrom(() => census().paces);
    metrics.breakers.readFrom(() => census().breakers);
    metrics.connections.readFrom(() => {
      const { open, idle } = sender.connections;
      return [
        [['active'], open - idle],
        [['idle'], idle],
      ];
    });
    metrics.connectionsUsed.readFrom(() => {
      const { opened, reused } = sender.connections;
      return [
        [['false'], opened],
        [['true'], reused],
      ];
    });
    if (!metrics.options.byWebhook) return;
    const { waiting, running, attempts } = metrics.ofWebhook;
    waiting.readFrom(() => [...lanes.all].map(([id, lane]) => [[id], lane.waiting]));
    running.readFrom(() => [...lanes.all].map(([id, lane]) => [[id], lane.running]));
    this.matching.onChanged((changes) => {
      for (const { id, after } of changes) if (!after) attempts.forget(id);
    });
  }

  #table(): void {
    const { metrics, rows, worker, writer } = this;
    metrics.storedDeliveries.readFrom(() =>
      Object.entries(rows.counts ?? {}).map(([state, count]: [string, number]) => [[state], count]),
    );
    metrics.oldestDue.readFrom(() => {
      const { oldestDueSeconds } = worker.state;
      return oldestDueSeconds === null ? [] : [[[], oldestDueSeconds]];
    });
    number(metrics.leases, () => writer.leased.size);
    number(metrics.writerQueue, () => writer.queue);
  }

  #again(): void {
    const { metrics, catchUp } = this;
    metrics.cursors.readFrom(() =>
      Object.entries(catchUp.census.counts).map(([kind, count]) => [[kind], count]),
    );
    metrics.cursorsBehind.readFrom(() =>
      Object.entries(catchUp.census.behind).flatMap(([kind, records]) =>
        records === null ? [] : [[[kind], records] as const],
      ),
    );
  }

  /** Nothing is said where the process has not the role `history`. */
  #history(): void {
    const { metrics, history } = this;
    metrics.historyLag.readFrom(() =>
      [...(history.state?.lags ?? [])].map(([partition, records]) => [[String(partition)], records]),
    );
    metrics.historyPassedOver.readFrom(() => (history.state ? [[[], history.state.passedOver]] : []));
    metrics.historyDaysAhead.readFrom(() => (history.state ? [[[], history.state.daysAhead]] : []));
  }
}

function number(gauge: Gauge, read: () => number): void {
  gauge.readFrom(() => [[[], read()]]);
}
