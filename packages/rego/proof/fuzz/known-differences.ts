import type { Oracle } from '../oracle/open-oracle.ts';
import { type Answer, differenceOf, opaAnswer, type Trial } from './compare.ts';
import { withCallsForEqualities } from './rewritten/call-for-equality.ts';
import { withSomeForEvery } from './rewritten/some-for-every.ts';
import { partialRules, withoutSuffix, withWholeRules } from './rewritten/whole-rules.ts';

/**
 * Why we may fail where OPA answers, and the other way around; each is shown by the files in `known-differences/`
 * that begin with its name. The planner's:
 *
 * - `shortcut`: OPA leaves a rule when its value is known, and skips rules by an index of their conditions. A plan does
 *   not, so what fails there fails in a plan only. Without its shortcuts OPA fails in the same way.
 * - `part-of-a-rule`: of a partial rule looked up by a key OPA evaluates no more than that key needs, a plan evaluates all
 *   of it. OPA, asked for all of the rule, fails in the same way.
 * - `every`: OPA leaves `every` at the first element that does not hold, a plan goes through all of them. With `some` in
 *   its place OPA fails in the same way.
 * - `comprehension-equals`: where a comprehension is to equal a reference OPA looks up the reference first, and makes no
 *   comprehension where it is undefined or of another type; a plan makes it. OPA, asked whether one is less or equal, fails
 *   in the same way.
 *
 * Ours:
 *
 * - `bytes`: a string of bytes that are not UTF-8, which a JavaScript string cannot hold.
 *
 * OPA's evaluator's:
 *
 * - `comprehension-index`: to index a comprehension OPA evaluates it without the variables from around it. It then fails with
 *   an internal error, which says of itself that it is a defect of OPA, where the order needs them; or by what the
 *   comprehension would do for values that those variables do not have. Without that index OPA answers as we do.
 *
 * One difference of the planner is in no list, since no policy here has it: after `not`, a reference that goes by a key which
 * is no constant through what several rules make. What of it does not hold counts as holding in a plan.
 */
export type KnownDifference =
  | 'shortcut'
  | 'part-of-a-rule'
  | 'every'
  | 'comprehension-equals'
  | 'bytes'
  | 'comprehension-index';

/** Whose the cause of a known difference is. */
export const CAUSED_BY: Readonly<Record<KnownDifference, 'planner' | 'library' | 'evaluator'>> = {
  shortcut: 'planner',
  'part-of-a-rule': 'planner',
  every: 'planner',
  'comprehension-equals': 'planner',
  bytes: 'library',
  'comprehension-index': 'evaluator',
};

/** Codes of failures that are OPA's, not those of our limits and defects. */
const OPA_CODES: ReadonlySet<string> = new Set([
  'eval_conflict_error',
  'eval_builtin_error',
  'eval_type_error',
  'eval_with_merge_error',
]);

/** The known cause of a difference; undefined where there is none. */
export async function knownDifference(
  oracle: Oracle,
  trial: Trial,
  { opa, ours }: { readonly opa: Answer; readonly ours: Answer },
): Promise<KnownDifference | undefined> {
  if (ours.kind !== 'failed') return knownFailureOfOpa(oracle, trial, { opa, ours });
  if (/not representable: /.test(ours.message)) return 'bytes';
  const whole = await opaAnswer(oracle, trial, true);
  // Several things may fail in what OPA leaves out, and what fails first may be another one.
  if (whole?.kind === 'failed' && OPA_CODES.has(ours.code)) return 'shortcut';
  return knownFailureOfPlan(trial.modules, async (modules) => {
    const answer = await opaAnswer(oracle, { ...trial, modules }, true);
    if (answer?.kind !== 'failed') return false;
    return differenceOf({ ...answer, message: withoutSuffix(answer.message) }, ours) === undefined;
  });
}

/**
 * Which rewriting of the modules makes OPA fail as we do, with the same code and the same message. Rewritten everywhere,
 * something else may fail before, or keep OPA from what fails; hence all places at once are tried, and then single ones.
 * What each proves, and what it would not tell from a defect of ours:
 *
 * - whole rules: all values stay as they are, so what fails is in a partial rule that is looked up by a key. That a plan
 *   evaluates all of that rule there is taken for granted.
 * - `some` for `every`: what fails is in a body of `every`, or comes after one: `some` holds where one element does. Should
 *   we take an `every` that does not hold for one that does, what fails after it would be told as known.
 * - calls for equalities: what fails is an operand; see there why it is not what comes after. That a plan evaluates the one
 *   operand is taken for granted where the other one is undefined.
 */
async function knownFailureOfPlan(
  written: Trial['modules'],
  failsAlike: (modules: Trial['modules']) => Promise<boolean>,
): Promise<KnownDifference | undefined> {
  const partial = partialRules(written);
  const whole = withWholeRules(written, partial);
  const oneWhole = [...partial].map((name) => withWholeRules(written, new Set([name])));
  for (const modules of [whole, ...oneWhole]) {
    if (await failsAlike(modules)) return 'part-of-a-rule';
  }
  if (await failsAlike(withSomeForEvery(whole))) return 'every';
  for (const modules of [whole, withSomeForEvery(whole), written, ...oneWhole]) {
    for (const called of withCallsForEqualities(modules)) {
      if (await allOf(called, failsAlike)) return 'comprehension-equals';
    }
  }
  return undefined;
}

async function allOf<T>(values: Iterable<T>, holds: (value: T) => Promise<boolean>): Promise<boolean> {
  for (const value of values) {
    if (!(await holds(value))) return false;
  }
  return true;
}

async function knownFailureOfOpa(
  oracle: Oracle,
  trial: Trial,
  { opa, ours }: { readonly opa: Answer; readonly ours: Answer },
): Promise<KnownDifference | undefined> {
  if (opa.kind !== 'failed') return undefined;
  // All other shortcuts that this does without can only keep OPA from failing.
  const unindexed = await opaAnswer(oracle, trial, true);
  const isSame = unindexed !== undefined && differenceOf(unindexed, ours) === undefined;
  return isSame ? 'comprehension-index' : undefined;
}
