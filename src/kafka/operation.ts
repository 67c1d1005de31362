/** Measures what is asked of Kafka: how long it took, and which error it ended with. */
import type { Counter, Count } from '../metrics/families.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { KafkaJSError } from './kafkajs.ts';

/** As the conventions name an error that has no name. */
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

  /** The child of a counter of records for this operation. */
  counted(records: Counter<KafkaLabels>): Count {
    return records.of('kafka', this.name, this.topic);
  }
}

/** Kafka's own name of an error, of which there are about a hundred. */
function errorType(error: unknown): string {
  if (!(error instanceof KafkaJSError)) return OTHER;
  if ('type' in error && typeof error.type === 'string') return error.type;
  return error.cause instanceof KafkaJSError ? errorType(error.cause) : OTHER;
}
