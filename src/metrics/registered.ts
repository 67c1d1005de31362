/** A registry of prom-client, and the functions that make metrics in it. */
import { Registry } from 'prom-client';
import { Counter, Gauge, Histogram } from './families.ts';

export class Registered {
  readonly registry = new Registry();

  protected counter<const Names extends readonly string[] = []>(
    name: string,
    help: string,
    labels?: Names,
  ): Counter<Names> {
    const counter = new Counter(this.registry, { name, help, ...(labels && { labels }) });
    if (!labels) (counter as unknown as Counter).beginWith([]);
    return counter;
  }

  protected gauge<const Names extends readonly string[] = []>(
    name: string,
    help: string,
    labels?: Names,
  ): Gauge<Names> {
    return new Gauge(this.registry, { name, help, ...(labels && { labels }) });
  }

  /** What only grows, and is counted elsewhere. */
  protected counted<const Names extends readonly string[] = []>(
    name: string,
    help: string,
    labels?: Names,
  ): Gauge<Names> {
    return new Gauge(this.registry, { name, help, ...(labels && { labels }) }, 'counter');
  }

  protected histogram<const Names extends readonly string[]>(
    name: string,
    help: string,
    labels: Names,
    bounds: readonly number[],
  ): Histogram<Names> {
    return new Histogram(this.registry, { name, help, labels }, bounds);
  }
}
