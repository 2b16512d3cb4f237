import { type Activation, Failure, failureOf, type Release, type Rollout } from '@bailiff/contract';
import type { DeliveryState, StoredRelease } from '../../releases/release-store.ts';
import type { HeldBack } from '../delivery-status.ts';
import { manifestOf } from '../target.ts';

type Find = (version: string) => Promise<StoredRelease | undefined>;

/** What came to decide last, and what decided before it. */
export interface LateSwitch {
  readonly version: string;
  readonly previous: Release;
  readonly settings: Rollout;
  /** Milliseconds since 1970. */
  readonly sinceMs: number;
}

const NEW: ReadonlySet<Activation['kind']> = new Set(['delivered', 'promoted']);

/** The last switch, where that was to something new, which may have to be undone; undefined where it went back. */
export async function lateSwitch(
  activations: readonly Activation[],
  find: Find,
): Promise<LateSwitch | undefined> {
  const [before, last] = activations.slice(-2);
  if (before === undefined || last === undefined || !NEW.has(last.kind)) return undefined;
  const [previous, stored] = await Promise.all([find(before.policy_version), find(last.policy_version)]);
  if (previous === undefined || stored === undefined) return undefined;
  return {
    version: last.policy_version,
    previous: previous.release,
    settings: (await manifestOf(stored.vector)).rollout,
    sinceMs: Date.parse(last.at),
  };
}

/** What was on trial and somebody promoted to its canary; undefined where nothing was. */
export async function promotedTrial(
  { activations, trials }: DeliveryState,
  find: Find,
): Promise<{ readonly stored: StoredRelease; readonly settings: Rollout } | undefined> {
  const [before, last] = trials.slice(-2);
  if (last?.kind !== 'canary' || before?.kind !== 'watch') return undefined;
  const version = last.policy_version;
  const isOver = activations.some(({ policy_version, at }) => policy_version === version && at >= last.at);
  if (before.policy_version !== version || isOver) return undefined;
  const stored = await find(version);
  return stored && { stored, settings: (await manifestOf(stored.vector)).rollout };
}

/**
 * What is told of a start that comes to nothing. Where something was in force and cannot be read any more, that is the first thing
 * to know.
 */
export function startFailure(
  thrown: unknown,
  activations: readonly Activation[],
  held: ReadonlyMap<string, HeldBack>,
): unknown {
  const last = activations.at(-1);
  if (last === undefined || !(thrown instanceof Failure)) return thrown;
  const back = [...held].filter(([, { check }]) => check === 'withdrawn');
  const why = [...back.map(([part, { detail }]) => `${part}: ${detail}`), thrown.detail].join('\n');
  return new Failure(
    thrown.code,
    `${unreadable(last)} What the policy folder and the sources have now cannot take its place:\n${why}\nMend that, or restore \`releases\` in the data folder from a backup, and start again.`,
    { cause: thrown },
  );
}

/** That a promoted trial does not go on. */
export function trialLost(thrown: unknown): string {
  return `What was in its canary before the restart cannot go on there, and begins anew: ${failureOf(thrown).detail}`;
}

/** Where releases begin with less than everyone, nothing comes into force unwatched because what was in force is lost. */
export function unwatchedFailure(begins: string): Failure {
  return new Failure(
    'bundle_invalid',
    `It passes, but nobody promoted it (\`rollout.begins\` is ${begins}), and there is no release to try it beside. Set \`rollout.begins: everyone\` in release.yaml to begin with it.`,
  );
}

function unreadable({ policy_version: version, at }: Activation): string {
  return `Nothing decides: ${version}, which was in force since ${at}, and the releases before it cannot be read any more.`;
}
