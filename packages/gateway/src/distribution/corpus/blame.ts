import type { Release } from '@bailiff/contract';
import { bundleOfRule } from '../composition/bundle-of-rule.ts';
import type { PreflightAnswer } from '../delivery/preflight-engine.ts';
import { compare } from '../finding.ts';

/** The releases between which an answer changed, as far as they are known. */
export interface Change {
  /** What the corpus was last accepted under, or what decides now. */
  readonly before?: Pick<Release, 'rules' | 'data'> | undefined;
  readonly after?: Pick<Release, 'rules' | 'data'> | undefined;
}

/** Bundles whose content is not the same in both releases, by name; undefined where one release is not known. */
export function changedBundles({ before, after }: Change): readonly string[] | undefined {
  if (before === undefined || after === undefined) return undefined;
  const [old, now] = [before.data.bundles, after.data.bundles];
  return [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .filter((name) => valueIn(old, name) !== valueIn(now, name))
    .sort(compare);
}

/** Rules of changed bundles, in either release; undefined where one release is not known. */
export function changedRules(change: Change): readonly string[] | undefined {
  const bundles = changedBundles(change);
  if (bundles === undefined) return undefined;
  const ids = [...(change.before?.rules.keys() ?? []), ...(change.after?.rules.keys() ?? [])];
  return [...new Set(ids)].filter((id) => bundles.includes(bundleOfRule(id))).sort(compare);
}

/**
 * Bundles that may have made an answer another one: those whose rules appeared or vanished, less rules that change no
 * outcome; identity where the call is outside its capabilities now. Where it is known which bundles changed, only these
 * are blamed, all of them if none of their rules shows in the answer.
 */
export function blamedFor(rules: readonly string[], now: PreflightAnswer, change: Change): readonly string[] {
  const telling = rules.filter((id) => {
    const rule = change.after?.rules.get(id) ?? change.before?.rules.get(id);
    return rule?.kind !== 'affirm';
  });
  const suspects = new Set((telling.length > 0 ? telling : rules).map(bundleOfRule));
  if (now.kind === 'decided' && now.reasons.includes('outside_capabilities')) suspects.add('identity');
  const changed = changedBundles(change);
  if (changed === undefined || changed.length === 0) return [...suspects].sort(compare);
  const guilty = changed.filter((name) => suspects.has(name));
  return guilty.length > 0 ? guilty : changed;
}

function valueIn(bundles: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(bundles, name) ? bundles[name] : undefined;
}
