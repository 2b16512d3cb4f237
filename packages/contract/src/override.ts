import { z } from 'zod';
import { Timestamp } from './values.ts';

const nonEmpty = z.array(z.string().min(1)).min(1);

/** Which calls an override covers: every named dimension must match by equality. At least one is named. */
export const OverrideScope = z
  .strictObject({
    agents: nonEmpty.optional(),
    teams: nonEmpty.optional(),
    users: nonEmpty.optional(),
    servers: nonEmpty.optional(),
    tools: nonEmpty.optional(),
    models: nonEmpty.optional(),
  })
  .refine(
    (scope) => Object.keys(scope).length > 0,
    'name at least one of agents, teams, users, servers, tools, models',
  );

/** A named, justified, expiring exception that lifts named objections. Data of the `overrides` bundle. */
export const Override = z.strictObject({
  id: z.string().min(1).max(64),
  lifts: nonEmpty.describe('Exact ids of overridable rules, as `compliance.residency`.'),
  scope: OverrideScope,
  not_before: Timestamp,
  expires_at: Timestamp,
  justification: z.string().min(30),
  ticket: z.string().min(1),
  requested_by: z.string().min(1),
  approved_by: nonEmpty,
});
export type Override = z.infer<typeof Override>;

/** Longest life of an override in days, and how many must have approved it, by the category of the rules it lifts. */
export const OVERRIDE_LIMITS: Readonly<
  Record<string, { readonly lifetimeDaysMax: number; readonly approversMin: number }>
> = {
  identity: { lifetimeDaysMax: 30, approversMin: 1 },
  resource: { lifetimeDaysMax: 30, approversMin: 1 },
  workflow: { lifetimeDaysMax: 30, approversMin: 1 },
  compliance: { lifetimeDaysMax: 7, approversMin: 2 },
};

/** An override as the release carries it: times are seconds since 1970, because the kernel parses no dates. */
export const ActiveOverride = z.strictObject({
  ...Override.shape,
  not_before: z.int().min(0),
  expires_at: z.int().min(0),
  over_cap: z
    .literal(true)
    .optional()
    .describe('It holds beyond `overrides_max` of a bundle, by one approval more than others need.'),
});
export type ActiveOverride = z.infer<typeof ActiveOverride>;
