import { unavailable } from './unavailable.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What a variable of the environment holds; undefined where none is named.
 * @throws Failure `bundle_unavailable` when it is named and not set: nobody meant to ask without it.
 */
export function secretOf(
  from: { readonly env: string } | undefined,
  environment: Environment,
): string | undefined {
  if (from === undefined) return undefined;
  const value = Object.hasOwn(environment, from.env) ? environment[from.env] : undefined;
  if (value !== undefined && value !== '') return value;
  throw unavailable(
    `The environment variable ${from.env} is not set.`,
    'Set it where the gateway is started.',
  );
}
