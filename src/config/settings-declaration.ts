/**
 * How a room declares its settings, in `<room>/<room>.settings.ts`: the name of each in the environment, its default,
 * what it means and what it must look like. A setting that is declared does something.
 *
 * `meta.secret` values are never printed. Joined they are in `src/settings.ts`, and read by `read-settings.ts`.
 */
import type { z } from 'zod';

/** The variables of the settings as they are given; an empty one is not in it. */
export type GivenSettings = Readonly<Record<string, string | undefined>>;

export interface SettingsDeclaration<Shape extends z.ZodRawShape = z.ZodRawShape> {
  /** In the order of the table in `docs/settings.md`. */
  readonly shape: Shape;
  /** What contradicts itself among values that are right one by one. */
  faults?(settings: SettingsOf<Shape>, given: GivenSettings): string[];
  /** The same where a value of any room is wrong: as much of it as the variables tell, to be said together with that. */
  faultsOfGiven?(given: GivenSettings): string[];
  /** What works and an operator should know of: what it leaves open to whoever is on the network. */
  warnings?(settings: SettingsOf<Shape>): string[];
}

/** What the settings of a shape are read into. */
export type SettingsOf<Shape extends z.ZodRawShape> = z.output<z.ZodObject<Shape>>;

/** The settings of several declarations, given as a union. */
export type JoinedSettings<Declaration> = (
  Declaration extends SettingsDeclaration<infer Shape> ? (settings: SettingsOf<Shape>) => void : never
) extends (settings: infer Joined) => void
  ? Joined
  : never;
