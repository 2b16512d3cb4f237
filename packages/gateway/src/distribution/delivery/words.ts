import type { Release } from '@bailiff/contract';
import { lineOfFinding } from '../finding.ts';
import type { HeldBack } from './delivery-status.ts';
import type { Objection } from './hold-back.ts';
import { REGISTRY } from './target.ts';

/** Findings that are kept of one part. */
const FINDINGS_MAX = 20;

/** An objection, as the status tells of it. */
export function heldBack({ check, findings }: Objection, since: string): HeldBack {
  const [first] = findings;
  const more = findings.length > 1 ? ` (and ${findings.length - 1} more)` : '';
  const detail = first === undefined ? `It does not pass ${check}.` : `${lineOfFinding(first)}${more}`;
  return { check, since, detail, findings: findings.slice(0, FINDINGS_MAX) };
}

/** What a release changes, in the words of its bundles’ revisions. */
export function reasonFor(release: Release, before: Release | undefined, parts: readonly string[]): string {
  if (before === undefined) return 'The first release.';
  const changes = parts.slice(0, 10).map((name) => {
    const [was, is] = [before.data.bundles[name], release.data.bundles[name]];
    if (name === REGISTRY) return 'release.yaml or what it names';
    if (was === undefined) return `${name} ${is ?? ''} added`;
    return is === undefined ? `${name} removed` : was === is ? `tests of ${name}` : `${name} ${was} → ${is}`;
  });
  return `${changes.join(', ')}${parts.length > 10 ? ` and ${parts.length - 10} more` : ''}`;
}
