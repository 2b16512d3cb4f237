import type { Activation } from '@bailiff/contract';

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
