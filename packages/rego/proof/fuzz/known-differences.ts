import type { Oracle } from '../oracle/open-oracle.ts';
import { type Answer, differenceOf, opaAnswer, type Trial } from './compare.ts';
import { withSomeForEvery } from './some-for-every.ts';

/**
 * Why we may fail where OPA answers; each is shown by the file of its name in `known-differences/`.
 *
 * - `shortcut`: OPA leaves a rule when its value is known, and skips rules by an index of their conditions. A plan does
 *   not, so what fails there fails in a plan only. Without its shortcuts OPA fails in the same way.
 * - `part-of-a-rule`: of a partial rule looked up by a key OPA evaluates no more than that key needs, a plan evaluates all
 *   of it. OPA, asked for all of the rule, fails in the same way.
 * - `every`: OPA leaves `every` at the first element that does not hold, a plan goes through all of them. With `some` in
 *   its place OPA fails in the same way.
 * - `bytes`: a string of bytes that are not UTF-8, which a JavaScript string cannot hold.
 */
export type KnownDifference = 'shortcut' | 'part-of-a-rule' | 'every' | 'bytes';

/** Codes of failures that are OPA's, not those of our limits and defects. */
const OPA_CODES: ReadonlySet<string> = new Set([
  'eval_conflict_error',
  'eval_builtin_error',
  'eval_type_error',
  'eval_with_merge_error',
]);

/** The known cause of a failure of ours where OPA answers; undefined where there is none. */
export async function knownDifference(
  oracle: Oracle,
  trial: Trial,
  ours: Answer,
): Promise<KnownDifference | undefined> {
  if (ours.kind !== 'failed') return undefined;
  if (/not representable: a string of bytes that are not valid UTF-8$/.test(ours.message)) return 'bytes';
  const failsAlike = async (other: Partial<Trial>): Promise<boolean> => {
    const answer = await opaAnswer(oracle, { ...trial, ...other }, true);
    return answer?.kind === 'failed' && differenceOf(answer, ours) === undefined;
  };
  const whole = await opaAnswer(oracle, trial, true);
  // Several things may fail in what OPA leaves out, and what fails first may be another one.
  if (whole?.kind === 'failed' && OPA_CODES.has(ours.code)) return 'shortcut';
  const paths = [trial.entrypoint, ...rulesOf(trial)];
  for (const entrypoint of paths) if (await failsAlike({ entrypoint })) return 'part-of-a-rule';
  const modules = withSomeForEvery(trial.modules);
  for (const entrypoint of paths) if (await failsAlike({ entrypoint, modules })) return 'every';
  return undefined;
}

/** The paths of the policy's rules. */
function rulesOf({ modules }: Trial): string[] {
  return Object.values(modules).flatMap((text) => {
    const path = /^package ([\w.]+)/m.exec(text)?.[1]?.replaceAll('.', '/');
    const names = new Set([...text.matchAll(/^(?:default )?(\w+)(?=[ .[])/gm)].map(([, name]) => name));
    return [...names]
      .filter((name) => name !== 'package' && name !== 'import')
      .map((name) => `${path}/${name}`);
  });
}
