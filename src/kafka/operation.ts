/** Measures requests to Kafka for the metrics: how long each took, and with which error it ended. */
import type { Counter, Count } from '../metrics/families.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { KafkaJSError } from './kafkajs.ts';

/** The name of the OpenTelemetry conventions for an error without a name. */
const OTHER = '_OTHER';

type KafkaLabels = readonly ['messaging_system', 'messaging_operation_name', 'messaging_destination_name'];

export class KafkaOperation {
  constructor(
    private readonly metrics: Pick<Metrics, 'kafkaOperations'>,
    private readonly name: 'send' | 'commit' | 'poll',
    private readonly topic: string,
  ) {}

  async run<Outcome>(ask: () => Promise<Outcome>): Promise<Outcome> {
    const from = performance.now();
    const ended = (errorType: string): void => {
      const { kafkaOperations } = this.metrics;
      const seconds = (performance.now() - from) / 1_000;
      kafkaOperations.of('kafka', this.name, this.topic, errorType).observe(seconds);
    };
    try {
      const outcome = await ask();
      ended('');
      return outcome;
    } catch (error) {
      ended(errorType(error));
      throw error;
    }
  }

  /** The count of records of this operation. */
  counted(records: Counter<KafkaLabels>): Count {
    return records.of('kafka', this.name, this.topic);
  }
}

/** Kafka's name of the error. There are about a hundred, so it may be a label. */
function errorType(error: unknown): string {
  if (!(error instanceof KafkaJSError)) return OTHER;
  if ('type' in error && typeof error.type === 'string') return error.type;
  return error.cause instanceof KafkaJSError ? errorType(error.cause) : OTHER;
}
