import type { Release, ReleaseDifferenceDocument } from '@bailiff/contract';
import { compare } from '../finding.ts';
import { composedFiles } from './contents/composed-files.ts';
import { type Contents, contentsDifference, manifestDifference } from './contents/contents-difference.ts';
import { releaseDifference, ruleText } from './release-difference.ts';

/** A release as far as it is stored. */
export interface Compared extends Pick<Release, 'policyVersion' | 'data'> {
  /** Undefined where nothing but its note is stored. */
  readonly release: Release | undefined;
}

/**
 * What changes from one release to another, and in what they are made of. What is no longer stored of one is compared of neither,
 * and that is told.
 */
export async function storedDifference(from: Compared, to: Compared): Promise<ReleaseDifferenceDocument> {
  const whole = from.release && to.release ? { was: from.release, is: to.release } : undefined;
  const [was, is] = whole
    ? [whole.was, whole.is]
    : [
        { ...from, ...NOTHING },
        { ...to, ...NOTHING },
      ];
  const [before, after] = await Promise.all([contentsOf(from), contentsOf(to)]);
  const contents = before && after ? contentsDifference(before, after) : { data: [], rego: [] };
  const difference = releaseDifference(was, is);
  return {
    ...difference,
    rules: [...difference.rules, ...changedInRego(contents.rego, { was: was.rules, is: is.rules })]
      // One whose METADATA changed as well is told with that.
      .filter(({ name }, at, all) => all.findIndex((one) => one.name === name) === at)
      .sort((a, b) => compare(a.name, b.name)),
    data: [...contents.data, ...manifestDifference(from.data, to.data)],
    rego: contents.rego,
    not_compared: [
      ...(before === undefined ? [notCompared(from)] : []),
      ...(after === undefined ? [notCompared(to)] : []),
    ],
  };
}

const NOTHING: Pick<Release, 'rules' | 'catalogue'> = {
  rules: new Map(),
  catalogue: { data_classes: {}, regions: {}, servers: {}, models: {}, subagents: {} },
};

function notCompared({
  policyVersion,
  release,
}: Compared): ReleaseDifferenceDocument['not_compared'][number] {
  const what = release === undefined ? 'rules, catalogue, data and Rego' : 'data and Rego';
  const detail = `Its bundle is no longer stored, or is damaged: ${what} could not be compared.`;
  return { policy_version: policyVersion, detail };
}

/** Undefined where there is no bundle that can be read. */
async function contentsOf({ release }: Compared): Promise<Contents | undefined> {
  if (release === undefined) return undefined;
  const files = await composedFiles(release.bundle).catch(() => undefined); // Told as what could not be compared.
  return files && { release, files };
}

function changedInRego(
  rego: ReleaseDifferenceDocument['rego'],
  { was, is }: Readonly<Record<'was' | 'is', Release['rules']>>,
): ReleaseDifferenceDocument['rules'] {
  const names = new Set(rego.flatMap(({ changes }) => changes.map(({ rule }) => rule)));
  return [...names].flatMap((name) => {
    const rule = name === null || !was.has(name) ? undefined : is.get(name);
    return rule === undefined
      ? []
      : [{ name: rule.id, from: ruleText(rule), to: `${ruleText(rule)} (changed)` }];
  });
}
