import type { ReleaseStep } from '@bailiff/contract';
import type { DeliveryState } from '../../releases/release-store.ts';

/** What became of each release, by policy version; oldest first, as far as it is remembered. */
export function historyIn({
  activations,
  trials,
}: Pick<DeliveryState, 'activations' | 'trials'>): ReadonlyMap<string, readonly ReleaseStep[]> {
  const history = new Map<string, ReleaseStep[]>();
  const add = (version: string, step: ReleaseStep) => {
    const steps = history.get(version);
    if (steps === undefined) history.set(version, [step]);
    else steps.push(step);
  };
  for (const { policy_version, ...step } of trials) add(policy_version, step);
  let before: string | undefined;
  for (const { policy_version, ...step } of activations) {
    add(policy_version, step);
    // What is newer takes its place without anybody’s having gone from it.
    if (before !== undefined && step.kind === 'rolled_back')
      add(before, { ...step, kind: 'left', to: policy_version });
    before = policy_version;
  }
  for (const steps of history.values()) steps.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  return history;
}
