import type { ReleaseNote } from '@bailiff/contract';
import type { ReleaseVector, StoredRelease } from '../../releases/release-store.ts';
import type { HeldBack } from '../delivery-status.ts';
import { type Attempt, allThatPasses, mostThatPasses } from '../hold-back.ts';
import type { Passed } from '../preflight.ts';
import { type OnTrial, waitingParts } from '../trial/on-trial.ts';
import { heldBack, waitingPart } from '../words.ts';

export interface ChooseOptions {
  /** What is in force; undefined where nothing is. */
  readonly good: StoredRelease | undefined;
  readonly trial: OnTrial | undefined;
  readonly attempt: (vector: ReleaseVector) => Promise<Attempt<Passed>>;
  readonly at: string;
}

/** What is to be brought in, and what is not and why. */
export interface Chosen {
  readonly vector: ReleaseVector;
  /** Undefined where nothing new passed, or what passed waits. */
  readonly passed: Passed | undefined;
  readonly checks: ReleaseNote['preflight'] | undefined;
  /** By part. */
  readonly held: ReadonlyMap<string, HeldBack>;
}

/**
 * The most of `wanted` that passes: beside what is in force or, where somebody promoted a trial, beside that; and of what passes so,
 * what need not wait for its end.
 * @throws BundleFailure where nothing is in force and not all of it passes; what `attempt` throws.
 */
export async function chooseParts(
  wanted: ReleaseVector,
  { good, trial, attempt, at }: ChooseOptions,
): Promise<Chosen> {
  if (good === undefined) {
    const { vector, value } = await allThatPasses(wanted, attempt);
    return { vector, passed: value, checks: value?.checks, held: new Map() };
  }
  const beside = trial?.isPromoted === true ? trial.stored : good;
  const { vector, value, held: objected } = await mostThatPasses({ good: beside.vector, wanted }, attempt);
  const held = new Map([...objected].map(([part, objection]) => [part, heldBack(objection, at)]));
  const onTrial = trial?.stored.release.policyVersion;
  const isAnother = value !== undefined && value.built.release.policyVersion !== onTrial;
  const waiting =
    trial === undefined || !isAnother ? [] : waitingParts(trial, { good: good.vector, passed: vector });
  for (const part of waiting) held.set(part, waitingPart(onTrial ?? '', at));
  const passed = waiting.length > 0 ? undefined : value;
  return { vector, passed, checks: value?.checks, held };
}
