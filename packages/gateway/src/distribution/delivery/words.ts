import type { Release, ReleaseNote } from '@bailiff/contract';
import { lineOfFinding } from '../finding.ts';
import { PACKAGE_PARTS } from '../packages/package-folders.ts';
import type { ReleaseVector } from '../releases/release-store.ts';
import type { HeldBack } from './delivery-status.ts';
import type { Objection } from './hold-back.ts';
import { REGISTRY } from './target.ts';

/** Findings that are kept of one part. */
const FINDINGS_MAX = 20;

/** An objection, as the status tells of it. */
export function heldBack({ check, findings }: Objection, since: string): HeldBack {
  const [first] = findings;
  const more = findings.length > 1 ? ` (and ${findings.length - 1} more)` : '';
  const detail =
    first === undefined
      ? (WITHOUT_FINDING[check] ?? `It does not pass ${check}.`)
      : `${lineOfFinding(first)}${more}`;
  return { check, since, detail, findings: findings.slice(0, FINDINGS_MAX) };
}

const WITHOUT_FINDING: Readonly<Record<string, string>> = {
  not_tried: 'Too much else is wrong to find out about it. It is tried with the next change.',
};

/** Who wrote what a vector holds, as far as signatures say. */
export function authorsOf({ parts }: ReleaseVector): string {
  const authors = [...parts.values()].flatMap(({ author }) => (author === '' ? [] : [author]));
  return [...new Set(authors)].join(', ') || 'policy folder';
}

/** A release’s note. */
export function noteOf(
  { policyVersion, digest, data }: Release,
  facts: Pick<ReleaseNote, 'at' | 'author' | 'reason' | 'preflight'>,
): ReleaseNote {
  return { policy_version: policyVersion, digest, ...facts, release: data };
}

/** What a release changes, in the words of its bundles’ revisions. */
export function reasonFor(release: Release, before: Release | undefined, parts: readonly string[]): string {
  if (before === undefined) return 'The first release.';
  const changes = parts.slice(0, 10).map((name) => {
    const [was, is] = [before.data.bundles[name], release.data.bundles[name]];
    if (name === REGISTRY) return 'release.yaml or what it names';
    if (name.startsWith(PACKAGE_PARTS)) return `${name} changed`;
    if (was === undefined) return `${name} ${is ?? ''} added`;
    return is === undefined ? `${name} removed` : was === is ? `tests of ${name}` : `${name} ${was} → ${is}`;
  });
  return `${changes.join(', ')}${parts.length > 10 ? ` and ${parts.length - 10} more` : ''}`;
}

/** What a source has that is refused anew is told anew, though it be refused in the same words. */
export function isToldAlready(before: HeldBack, now: HeldBack): boolean {
  return before.detail === now.detail && (now.check !== 'verify' || before.since === now.since);
}
