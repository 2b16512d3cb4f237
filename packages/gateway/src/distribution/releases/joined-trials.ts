import type { ReleaseData, ReleaseNote, ReleaseStep } from '@bailiff/contract';
import canonicalize from 'canonicalize';
import { compare } from '../finding.ts';

type History = ReadonlyMap<string, readonly ReleaseStep[]>;

/**
 * What became of each release, and with it where a later change joined a trial: that went on as another release then, since a release
 * is its bundles. Only as far back as it is remembered what came to decide.
 */
export function withJoinedTrials(
  history: History,
  notes: readonly Pick<ReleaseNote, 'policy_version' | 'release'>[],
): History {
  const told = new Map([...history].map(([version, steps]) => [version, [...steps]]));
  const releases = new Map(notes.map(({ policy_version, release }) => [policy_version, release]));
  let trial: { readonly version: string; readonly step: ReleaseStep } | undefined;
  for (const { version, step } of inOrder(history)) {
    const before = trial;
    trial = isTrial(step) ? { version, step } : undefined;
    if (trial === undefined || before === undefined || before.version === version) continue;
    const [was, is] = [releases.get(before.version), releases.get(version)];
    const joined = `a later change${what(was, is)} joined its trial`;
    told.get(before.version)?.push({ ...step, kind: 'joined', to: version, reason: joined });
    const steps = told.get(version) ?? [];
    told.set(
      version,
      steps.map((one) => (one === step ? { ...one, from: before.version } : one)),
    );
  }
  for (const steps of told.values()) steps.sort((a, b) => compare(a.at, b.at));
  return told;
}

function isTrial({ kind }: ReleaseStep): boolean {
  return kind === 'watch' || kind === 'canary';
}

/** All steps, oldest first, since the first of which it is known that a release came to decide. */
function inOrder(history: History): { readonly version: string; readonly step: ReleaseStep }[] {
  const all = [...history].flatMap(([version, steps]) => steps.map((step) => ({ version, step })));
  all.sort((a, b) => compare(a.step.at, b.step.at));
  const first = all.findIndex(({ step }) => !isTrial(step) && step.kind !== 'stopped');
  return first < 0 ? [] : all.slice(first);
}

/** Bundles that are named. */
const NAMES_MAX = 5;

/** What of a release changed, as far as notes tell. */
function what(was: ReleaseData | undefined, is: ReleaseData | undefined): string {
  if (was === undefined || is === undefined) return '';
  const [before, after] = [was, is].map(({ bundles }) => new Map(Object.entries(bundles)));
  const names = [...new Set([...Object.keys(was.bundles), ...Object.keys(is.bundles)])].sort(compare);
  const changed = names.filter((name) => before?.get(name) !== after?.get(name));
  const told = [
    ...changed.slice(0, NAMES_MAX),
    ...(changed.length > NAMES_MAX ? [`${changed.length - NAMES_MAX} more bundles`] : []),
    // What nothing else explains is a change of the catalogue.
    ...(changed.length === 0 || registryIn(was) !== registryIn(is) ? ['release.yaml or what it names'] : []),
  ];
  return ` of ${told.join(', ')}`;
}

function registryIn({
  required,
  servers,
  subagents,
  audit,
  tool_pins,
  launches,
  registrations,
  keys,
}: ReleaseData) {
  return canonicalize({ required, servers, subagents, audit, tool_pins, launches, registrations, keys });
}
