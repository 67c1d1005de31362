/** Reads the metrics of a service as Prometheus does. */
import type { Service } from './service.ts';

type Labels = Readonly<Record<string, string>>;

interface Sample {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

export class Scrape {
  readonly #samples: readonly Sample[];

  private constructor(readonly text: string) {
    this.#samples = text.split('\n').flatMap(toSample);
  }

  static async of(service: Service): Promise<Scrape> {
    const { data } = await service.rest(null).get<string>('/metrics', { baseURL: service.url });
    return new Scrape(data);
  }

  get names(): string[] {
    return [...new Set(this.#samples.map(({ name }) => name))];
  }

  /** The value of the one series that has these labels; undefined where there is none. @throws when there are several. */
  value(name: string, labels: Labels = {}): number | undefined {
    const [first, second] = this.#of(name, labels);
    if (second) throw new Error(`there are several series of ${name} with ${JSON.stringify(labels)}`);
    return first?.value;
  }

  sum(name: string, labels: Labels = {}): number {
    return this.#of(name, labels).reduce((sum, { value }) => sum + value, 0);
  }

  #of(name: string, labels: Labels): Sample[] {
    return this.#samples.filter(
      (sample) =>
        sample.name === name &&
        Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
    );
  }
}

function toSample(line: string): Sample[] {
  const [, name = '', labels = '', value] = /^([a-z_]\w*)(?:\{(.*)\})? (\S+)$/i.exec(line) ?? [];
  if (value === undefined) return [];
  const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', text = '']) => [
    key,
    text,
  ]);
  return [
    { name, labels: Object.fromEntries(pairs) as Labels, value: value === '+Inf' ? Infinity : Number(value) },
  ];
}
