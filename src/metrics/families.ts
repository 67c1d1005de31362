/**
 * Counters, gauges and histograms as plain numbers with labels. prom-client's registry writes them down when somebody
 * asks.
 *
 * prom-client's own classes look up the labels with every call. That takes a hundred times as long as adding one
 * (docs/decisions/0015). Here a caller keeps the child, or finds it by the values of its labels.
 */
import type { Metric, MetricType, Registry } from 'prom-client';

type Values<Names extends readonly string[]> = { readonly [Index in keyof Names]: string };

export interface Description<Names extends readonly string[]> {
  readonly name: string;
  readonly help: string;
  readonly labels?: Names;
}

interface Sample {
  readonly metricName?: string;
  readonly labels: Record<string, string>;
  readonly value: number;
}

/** A number that only grows. */
export class Count {
  value = 0;

  add(count = 1): void {
    this.value += count;
  }
}

/** How measured values are spread over buckets. */
class Spread {
  readonly counts: number[];
  sum = 0;

  /** @param bounds of the buckets, ascending; a last one without a bound is added. */
  constructor(private readonly bounds: readonly number[]) {
    this.counts = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    const { bounds, counts } = this;
    let at = 0;
    while (at < bounds.length && value > (bounds[at] ?? Infinity)) at += 1;
    counts[at] = (counts[at] ?? 0) + 1;
    this.sum += value;
  }
}

abstract class Family<Names extends readonly string[]> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  abstract readonly type: `${MetricType}`;

  constructor(registry: Registry, { name, help, labels }: Description<Names>) {
    this.name = name;
    this.help = help;
    this.labelNames = labels ?? [];
    // All that a registry asks of its metrics is `get`.
    registry.registerMetric(this as unknown as Metric);
  }

  get(): Promise<object> {
    const { name, help, type } = this;
    return Promise.resolve({ name, help, type, aggregator: 'sum', values: [...this.samples()] });
  }

  protected abstract samples(): Iterable<Sample>;

  protected labelled(values: readonly string[]): Record<string, string> {
    return Object.fromEntries(this.labelNames.map((name, at) => [name, values[at] ?? '']));
  }
}

/** A family whose children are made as their labels' values appear. */
abstract class Children<Names extends readonly string[], Child> extends Family<Names> {
  readonly #children = new Map<string, { readonly values: readonly string[]; readonly child: Child }>();
  /** Children by their label values, one level per label. Joining the values would cost more than all the rest. */
  readonly #byValues = new Map<string, unknown>();

  /** The child with these values of the labels, in their order. */
  of(...values: Values<Names>): Child {
    let level = this.#byValues;
    for (const value of values as readonly string[]) {
      const next = level.get(value) as Map<string, unknown> | undefined;
      if (!next) return this.#add(values);
      level = next;
    }
    return (level.get('') ?? this.#add(values)) as Child;
  }

  /** Removes the children whose first label has this value. */
  forget(first: string): void {
    this.#byValues.delete(first);
    for (const [key, { values }] of this.#children) if (values[0] === first) this.#children.delete(key);
  }

  protected get all(): Iterable<{ readonly values: readonly string[]; readonly child: Child }> {
    return this.#children.values();
  }

  protected abstract make(): Child;

  #add(values: readonly string[]): Child {
    const child = this.make();
    let level = this.#byValues;
    for (const value of values) {
      const next = (level.get(value) as Map<string, unknown> | undefined) ?? new Map<string, unknown>();
      level.set(value, next);
      level = next;
    }
    level.set('', child);
    this.#children.set(JSON.stringify(values), { values, child });
    return child;
  }
}

export class Counter<const Names extends readonly string[] = []> extends Children<Names, Count> {
  override readonly type = 'counter';

  /** Prometheus sees no increase in the first value of a series: one whose labels are known begins with 0. */
  beginWith(...children: Values<Names>[]): void {
    for (const values of children) this.of(...values);
  }

  protected override make(): Count {
    return new Count();
  }

  protected override *samples(): Iterable<Sample> {
    for (const { values, child } of this.all) yield { labels: this.labelled(values), value: child.value };
  }
}

export class Histogram<const Names extends readonly string[] = []> extends Children<Names, Spread> {
  override readonly type = 'histogram';

  constructor(
    registry: Registry,
    description: Description<Names>,
    private readonly bounds: readonly number[],
  ) {
    super(registry, description);
  }

  protected override make(): Spread {
    return new Spread(this.bounds);
  }

  protected override *samples(): Iterable<Sample> {
    for (const { values, child } of this.all) {
      const labels = this.labelled(values);
      let count = 0;
      for (const [at, inBucket] of child.counts.entries()) {
        count += inBucket;
        const le = at < this.bounds.length ? String(this.bounds[at]) : '+Inf';
        yield { metricName: `${this.name}_bucket`, labels: { ...labels, le }, value: count };
      }
      yield { metricName: `${this.name}_sum`, labels, value: child.sum };
      yield { metricName: `${this.name}_count`, labels, value: count };
    }
  }
}

/** A gauge that reads its sources when somebody asks. */
export class Gauge<const Names extends readonly string[] = []> extends Family<Names> {
  override readonly type: 'gauge' | 'counter';
  readonly #sources: (() => Iterable<readonly [Values<Names>, number]>)[] = [];

  /** @param type `counter` for what only grows and is counted elsewhere. */
  constructor(registry: Registry, description: Description<Names>, type: 'gauge' | 'counter' = 'gauge') {
    super(registry, description);
    this.type = type;
  }

  /** @param source must be cheap: it reads only memory. It leaves out unknown values. */
  readFrom(source: () => Iterable<readonly [Values<Names>, number]>): void {
    this.#sources.push(source);
  }

  protected override *samples(): Iterable<Sample> {
    for (const source of this.#sources) {
      for (const [values, value] of source()) {
        yield { labels: this.labelled(values), value };
      }
    }
  }
}
