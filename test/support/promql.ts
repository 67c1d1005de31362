/** What an expression of Prometheus asks for, read with Prometheus' own grammar. */
import { parser } from '@prometheus-io/lezer-promql';

export interface Asked {
  readonly metric: string;
  /** Of its matchers. */
  readonly labels: readonly string[];
}

/** @returns the metrics and the labels that are matched. @throws where the expression is none. */
export function metricsOf(expression: string): Asked[] {
  const text = withoutVariables(expression);
  const asked: { metric: string; labels: string[] }[] = [];
  parser.parse(text).iterate({
    enter: ({ type, from, to }) => {
      if (type.isError) throw new Error(`no PromQL at character ${from}: ${expression}`);
      if (type.name === 'VectorSelector') asked.push({ metric: '', labels: [] });
      const selector = asked.at(-1);
      if (!selector) return;
      if (type.name === 'Identifier' && selector.metric === '') selector.metric = text.slice(from, to);
      if (type.name === 'LabelName' && isInSelector(text, from)) selector.labels.push(text.slice(from, to));
    },
  });
  return asked;
}

/** The labels that are kept: those of `by (…)`. */
export function groupedBy(expression: string): string[] {
  return [...expression.matchAll(/\bby\s*\(([^)]*)\)/g)].flatMap(([, list = '']) =>
    list.split(',').map((label) => label.trim()),
  );
}

/** Grafana puts durations in the place of these. */
function withoutVariables(expression: string): string {
  return expression.replaceAll(/\$__(?:rate_interval|range|interval)/g, '5m');
}

/** A matcher is followed by its operator; a label of `by (…)` is not. */
function isInSelector(text: string, from: number): boolean {
  return /^\w+\s*(?:=|!=|=~|!~)/.test(text.slice(from));
}
