/** What one check found, and the report of all findings. No finding holds a secret. Pure. */

export type State = 'ok' | 'warning' | 'fault';

export interface Finding {
  /** What was looked at, in a word or two. */
  readonly check: string;
  /** With a fault, the service cannot do its work. A warning is a weakness, or will become a fault. */
  readonly state: State;
  readonly found: string;
  /** What to do; null if there is nothing to do, or `found` says it. */
  readonly toDo: string | null;
}

export function ok(check: string, found: string): Finding {
  return { check, state: 'ok', found, toDo: null };
}

export function warning(check: string, found: string, toDo: string | null = null): Finding {
  return { check, state: 'warning', found, toDo };
}

export function fault(check: string, found: string, toDo: string | null = null): Finding {
  return { check, state: 'fault', found, toDo };
}

export function exitCode(findings: readonly Finding[]): 0 | 1 {
  return findings.some(({ state }) => state === 'fault') ? 1 : 0;
}

/** One line for each finding, and a second one with what to do. */
export function asLines(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const lines = findings.flatMap(({ check, state, found, toDo }) => [
    `${state.padEnd('warning'.length)}  ${check.padEnd(width)}  ${found}`,
    ...(toDo === null ? [] : [`${' '.repeat('warning'.length + width + 4)}→ ${toDo}`]),
  ]);
  const count = (wanted: State): number => findings.filter(({ state }) => state === wanted).length;
  return `${lines.join('\n')}\n\nFaults: ${count('fault')}, warnings: ${count('warning')}, ok: ${count('ok')}.\n`;
}

export function asJson(findings: readonly Finding[]): string {
  const all = findings.map(({ toDo, ...rest }) => ({ ...rest, to_do: toDo }));
  return `${JSON.stringify({ ok: exitCode(findings) === 0, findings: all }, null, 2)}\n`;
}
