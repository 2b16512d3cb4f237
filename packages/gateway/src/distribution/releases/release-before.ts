import { type Activation, Failure } from '@bailiff/contract';

/**
 * The release that a rollback goes to: the one that decided before the active one, of those that nobody has gone back from.
 * Undefined where there is none.
 */
export function releaseBefore(
  activations: readonly Activation[],
  active: string | undefined,
): string | undefined {
  let line: readonly string[] = [];
  for (const { policy_version, kind } of activations) {
    const at = line.lastIndexOf(policy_version);
    if (kind === 'delivered') line = [...line, policy_version];
    else if (at >= 0) line = line.slice(0, at + 1);
    // What it was gone back from is not to come back by going back once more.
    else line = kind === 'promoted' ? [...line, policy_version] : [policy_version];
  }
  return line.findLast((version) => version !== active);
}

/**
 * The policy version that a rollback from the active release goes to: the one before, or `to`.
 * @throws Failure `not_found` where there is none, or `to` never decided.
 */
export function rollbackTarget(
  activations: readonly Activation[],
  { active, to }: { readonly active: string | undefined; readonly to: string | undefined },
): string {
  const version = to ?? releaseBefore(activations, active);
  if (version === undefined) throw new Failure('not_found', 'No release was in force before this one.');
  if (activations.some(({ policy_version }) => policy_version === version)) return version;
  throw new Failure('not_found', neverInForce(version, activations));
}

/** Releases that are named beside one that was not found. */
const NAMED_MAX = 5;

/** That there is no going back to a release, and where there is. */
function neverInForce(version: string, activations: readonly Activation[]): string {
  const lately = new Set(activations.map(({ policy_version }) => policy_version).reverse());
  lately.delete(activations.at(-1)?.policy_version ?? '');
  const named = [...lately].slice(0, NAMED_MAX).join(', ');
  const others =
    named === '' ? 'No other release was in force.' : `In force were, the latest first: ${named}.`;
  return `${version.slice(0, 100)} was never in force. ${others} To bring in one that is kept and never was, promote it.`;
}
