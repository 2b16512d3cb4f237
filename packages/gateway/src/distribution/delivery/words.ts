import { Failure, type Release, type ReleaseDifference, type ReleaseNote } from '@bailiff/contract';
import { lineOfFinding } from '../finding.ts';
import { PACKAGE_PARTS } from '../packages/package-folders.ts';
import { releaseDifference } from '../releases/release-difference.ts';
import type { ReleaseVector, StoredRelease, Withdrawal } from '../releases/release-store.ts';
import type { HeldBack } from './delivery-status.ts';
import type { Objection } from './hold-back.ts';
import type { KeptOut } from './memory/withdrawn.ts';
import { differingParts, NO_PARTS, REGISTRY } from './target.ts';

/** Findings that are kept of one part; of more, only their number is told. */
const FINDINGS_MAX = 1_000;

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

const TAKEN_BACK: Readonly<Record<Withdrawal['kind'], string>> = {
  rolled_back: 'Rolled back',
  promoted: 'Taken back for another release',
  stopped: 'Its trial was stopped',
};

/** Who took a part back, why, and how to go on. */
export function withdrawnPart(
  { kind, by, reason, at, policy_version: version, brings }: KeptOut,
  now: string,
): HeldBack {
  const what = `${TAKEN_BACK[kind]}${by === '' ? '' : ` by ${by}`}${at === '' ? '' : ` at ${at}`}${reason === '' ? '' : `: ${reason}`}`;
  const again = version === '' ? 'VERSION' : version;
  const [told, newer] =
    brings === undefined
      ? [what, 'Publish something newer']
      : [`It names ${brings}: ${what}`, `Take that out of it, publish something newer of ${brings}`];
  const detail = `${ended(told)} ${newer}, or bring it back with \`./bailiff release promote ${again} --reason …\`.`;
  return { check: 'withdrawn', since: at === '' ? now : at, detail, findings: [] };
}

/** What a part waits for that passed while somebody’s trial is under way, and how to go on. */
export function waitingPart(onTrial: string, since: string): HeldBack {
  const detail = `It passed, and waits for the trial of ${onTrial}, which somebody promoted, to end: its own begins then. End that one with \`./bailiff release promote everyone --reason …\`, or give it up with \`./bailiff release stop --reason …\`.`;
  return { check: 'waiting', since, detail, findings: [] };
}

function ended(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** @throws Failure `not_found`: a promotion names neither a stage nor a release. */
export function noSuchRelease(version: string): never {
  const named = version.slice(0, 100);
  const detail =
    version === 'watch'
      ? 'A trial begins with `watch`, and goes on to `canary` or `everyone`: name one of these, or a release of `./bailiff release list`.'
      : `${named} is neither a stage (\`canary\`, \`everyone\`) nor a release that is kept. \`./bailiff release list\` names these.`;
  throw new Failure('not_found', detail);
}

/** Who wrote what a vector has that `before` has not, as far as signatures say. */
export function authorsOf({ parts, ...rest }: ReleaseVector, before: ReleaseVector = NO_PARTS): string {
  const changed = new Set(differingParts(before, { ...rest, parts }));
  const authors = [...parts].flatMap(([name, { author }]) => {
    return changed.has(name) && author !== '' ? [author] : [];
  });
  return [...new Set(authors)].join(', ') || 'policy folder';
}

/** A release’s note. */
export function noteOf(
  { policyVersion, digest, data }: Release,
  facts: Pick<ReleaseNote, 'at' | 'author' | 'reason' | 'preflight'>,
): ReleaseNote {
  return { policy_version: policyVersion, digest, ...facts, release: data };
}

/** What a release that is made of `vector` changes, in the words of its bundles’ revisions. */
export function reasonFor(release: Release, good: StoredRelease | undefined, vector: ReleaseVector): string {
  if (good === undefined) return 'The first release.';
  const parts = differingParts(good.vector, vector);
  const changes = parts.slice(0, 10).map((name) => {
    const [was, is] = [good.release.data.bundles[name], release.data.bundles[name]];
    if (name === REGISTRY) return registryReason(releaseDifference(good.release, release));
    if (name.startsWith(PACKAGE_PARTS)) return `${name} changed`;
    if (was === undefined) return `${name} ${is ?? ''} added`;
    return is === undefined ? `${name} removed` : was === is ? `tests of ${name}` : `${name} ${was} → ${is}`;
  });
  return `${changes.join(', ')}${parts.length > 10 ? ` and ${parts.length - 10} more` : ''}`;
}

/** Names of each list of what the registry changes that are told. */
const NAMES_MAX = 5;

/** What of a release differs for its registry, in words. */
function registryReason(difference: ReleaseDifference): string {
  const { registrations, keys, agents, tool_pins, launches } = difference;
  const lists = [
    ['registration of', registrations],
    ['key', keys],
    ['versions of agent', agents],
    ['pin of', tool_pins],
    ['launch of', launches],
  ] as const;
  const told = lists.flatMap(([noun, changes]) => {
    const names = changes.slice(0, NAMES_MAX).map(({ name }) => name);
    const more = changes.length > NAMES_MAX ? ` and ${changes.length - NAMES_MAX} more` : '';
    return names.length === 0 ? [] : [`${noun} ${names.join(', ')}${more}`];
  });
  return `release.yaml or what it names${told.length === 0 ? '' : ` (${told.join('; ')})`}`;
}

/** What a source has that is refused anew is told anew, though it be refused in the same words. */
export function isToldAlready(before: HeldBack, now: HeldBack): boolean {
  const isSame = before.detail === now.detail && linesOf(before) === linesOf(now);
  return isSame && (now.check !== 'verify' || before.since === now.since);
}

function linesOf({ findings }: HeldBack): string {
  return findings.map(lineOfFinding).join('\n');
}
