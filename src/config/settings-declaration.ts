/**
 * The form in which a room declares its settings, in `<room>/<room>.settings.ts`: the name in the environment, the rule,
 * the default and a description. A setting is declared only if something uses it.
 *
 * The value of a setting with `meta.secret` is never printed. `src/settings.ts` joins the declarations, and
 * `read-settings.ts` reads them.
 */
import type { z } from 'zod';

/** The variables of the settings as texts. Empty ones are left out. */
export type GivenSettings = Readonly<Record<string, string | undefined>>;

export interface SettingsDeclaration<Shape extends z.ZodRawShape = z.ZodRawShape> {
  /** In the order of the table in `docs/settings.md`. */
  readonly shape: Shape;
  /** Contradictions between values that are each right by themselves. */
  faults?(settings: SettingsOf<Shape>, given: GivenSettings): string[];
  /**
   * Asked instead of `faults` when a value of any room is wrong. Finds the contradictions that show in the texts alone,
   * so that the operator learns of them in the same list.
   */
  faultsOfGiven?(given: GivenSettings): string[];
  /** What works, but is weak: what somebody on the network could do. */
  warnings?(settings: SettingsOf<Shape>): string[];
}

/** The types of the settings of a shape, once they are read. */
export type SettingsOf<Shape extends z.ZodRawShape> = z.output<z.ZodObject<Shape>>;

/** The settings of several declarations together. The declarations are given as a union. */
export type JoinedSettings<Declaration> = (
  Declaration extends SettingsDeclaration<infer Shape> ? (settings: SettingsOf<Shape>) => void : never
) extends (settings: infer Joined) => void
  ? Joined
  : never;
