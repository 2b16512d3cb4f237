import type { Input, Release, ReleaseRule } from '@bailiff/contract';
import type { FailureLocation } from './engine.ts';
import { isWithin } from './refusal/rule-reads.ts';

/** What is asked of a release at each decision, worked out once. */
export interface ReleaseIndex {
  /** Whether any rule of a bundle that speaks for this call is watched, or may be, outside of its canary. */
  watches(input: Input): boolean;
  /** The rule whose body holds this place; undefined where no rule stands above it in its file. */
  ruleAt(location: FailureLocation): ReleaseRule | undefined;
}

const indexes = new WeakMap<Release, ReleaseIndex>();

/** Of an active release, the same index each time. */
export function indexOf(release: Release): ReleaseIndex {
  const known = indexes.get(release);
  if (known !== undefined) return known;
  const index = makeIndex(release);
  indexes.set(release, index);
  return index;
}

function makeIndex(release: Release): ReleaseIndex {
  const rules = [...release.rules.values()];
  const byFile = Map.groupBy(rules, ({ location }) => location.file);
  for (const inFile of byFile.values()) inFile.sort((a, b) => a.location.row - b.location.row);
  const watched = rules
    .filter(({ mode }) => mode === 'watch' || mode === 'canary')
    .map(({ bundle }) => bundle.split('/'));
  const watchesAll = watched.some((segments) => segments.length === 1); // Categories speak for every call.
  const watchedParts = new Set(watched.map((segments) => segments.slice(0, 2).join('/')));
  return {
    watches: ({ agent, action }) =>
      watchesAll ||
      watchedParts.has(`teams/${agent.owner_team}`) ||
      watchedParts.has(`servers/${action.server}`) ||
      watchedParts.has(`subagents/${action.subagent}`),
    ruleAt: ({ file, row }) =>
      byFile.get(file.replace(/^\/+/, ''))?.findLast((rule) => rule.location.row <= row),
  };
}

/**
 * Paths of arguments that a built-in may have choked on: those which the failing rule reads. Empty where it was not a
 * built-in, or the failing rule names no argument, so that it is policy's fault.
 */
export function unusableArguments(
  release: Release | undefined,
  locations: readonly FailureLocation[],
): readonly string[] {
  if (release === undefined || !locations.some(({ builtin }) => builtin)) return [];
  const { ruleAt } = indexOf(release);
  // Outermost first: what the kernel asked for is the rule; further in are helpers, which may stand below other rules.
  for (const location of locations.toReversed()) {
    const rule = ruleAt(location);
    if (rule !== undefined) return rule.reads.filter((path) => isWithin(path, 'input.action.args'));
  }
  return [];
}
