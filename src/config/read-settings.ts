/**
 * Turns environment variables into typed settings. Or lists everything that is wrong with them, all at once. The rooms
 * declare which settings there are.
 *
 * An empty variable counts as not set. A fault names the variable, the rule, and the given value unless it is a secret.
 * Values that contradict each other are faults too.
 */
import { z } from 'zod';
import type { GivenSettings, JoinedSettings, SettingsDeclaration } from './settings-declaration.ts';
import { StartError } from './start-error.ts';

type Declarations = readonly SettingsDeclaration[];

/** Everything that is wrong with the environment, one sentence per fault. */
export class SettingsError extends StartError {
  override readonly name = 'SettingsError';

  constructor(readonly faults: readonly string[]) {
    super(`The settings are not usable:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
  }
}

/** All settings, in the order of the declarations. */
export function joinedShape(declarations: Declarations): z.ZodRawShape {
  return Object.assign({}, ...declarations.map(({ shape }) => shape)) as z.ZodRawShape;
}

/** @throws SettingsError with every fault. */
export function readSettings<const All extends Declarations>(
  declarations: All,
  environment: GivenSettings,
): JoinedSettings<All[number]> {
  const shape = joinedShape(declarations);
  const given = Object.fromEntries(
    Object.keys(shape)
      .filter((name) => environment[name] !== undefined && environment[name] !== '')
      .map((name) => [name, environment[name]]),
  );
  const { success, data, error } = z.object(shape).safeParse(given);
  const faults = success
    ? declarations.flatMap((declaration) => declaration.faults?.(data, given) ?? [])
    : [
        ...error.issues.map((issue) => describeFault(issue, shape, given)),
        ...declarations.flatMap((declaration) => declaration.faultsOfGiven?.(given) ?? []),
      ];
  if (faults.length > 0) throw new SettingsError(faults);
  return data as JoinedSettings<All[number]>;
}

/** The settings for the log, with secrets masked. */
export function maskedSettings(declarations: Declarations, settings: object): Record<string, unknown> {
  const shape = joinedShape(declarations);
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]: [string, unknown]) => [
      name,
      isSecret(shape[name]) && value !== undefined ? '***' : value,
    ]),
  );
}

/** One sentence for each setting that works but is weak. */
export function settingsWarnings(declarations: Declarations, settings: object): string[] {
  return declarations.flatMap((declaration) => declaration.warnings?.({ ...settings }) ?? []);
}

export function isSecret(setting: z.core.$ZodType | undefined): boolean {
  return (setting as z.ZodType | undefined)?.meta()?.['secret'] === true;
}

function describeFault(issue: z.core.$ZodIssue, shape: z.ZodRawShape, given: GivenSettings): string {
  const name = String(issue.path[0]);
  const setting = shape[name];
  const value = given[name];
  if (value === undefined) return `${name} is missing. ${(setting as z.ZodType).description ?? ''}`;
  return isSecret(setting) ? `${name} ${issue.message}` : `${name} ${issue.message}, but is "${value}"`;
}
