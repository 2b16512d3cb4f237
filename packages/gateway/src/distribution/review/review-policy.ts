/** What changes from one policy folder to another, by rule, for those who have to agree to it. */
import type { BundleRegistration } from '@bailiff/contract';
import { compare, type Finding } from '../finding.ts';
import { releaseDifference } from '../releases/release-difference.ts';
import type { BundleSource } from '../sources/read-bundle.ts';
import { caseChanges } from './case-changes.ts';
import { type Change, type Direction, unitedDirection } from './change.ts';
import { type DataChange, type DataReader, dataChanges, partReaders } from './data-changes.ts';
import type { ReadPolicy, ReadRelease } from './read-policy.ts';
import {
  fetchedChange,
  LISTS,
  manifestChanges,
  namedChanges,
  type Registry,
  registrationChanges,
  rising,
  valueChange,
} from './registry-changes.ts';
import { type ReviewedBundle, reviewedBundles } from './reviewed-rules.ts';
import { directionOfAdded, directionOfRemoved, type ReviewedRule, ruleChanges } from './rule-changes.ts';

/** A rule that is not as it was. */
export interface RuleReview {
  readonly id: string;
  readonly bundle: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly direction: Direction;
  readonly changes: readonly Change[];
  readonly before: ReviewedRule | undefined;
  readonly after: ReviewedRule | undefined;
}

/** A helper that is not as it was. */
export interface HelperReview {
  readonly name: string;
  /** As it is written; undefined on the side that does not have it. */
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** Ids of rules, on either side, of whichever bundle. */
  readonly usedBy: readonly string[];
}

/** A bundle that is not as it was, its rules apart. */
export interface BundleReview {
  readonly name: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** Revisions; undefined where there is none, or where it is fetched from its source and was not looked at. */
  readonly was: string | undefined;
  readonly is: string | undefined;
  readonly changes: readonly Change[];
  /** Helpers that are not as they were, and the rules that depend on them. */
  readonly helpers: readonly HelperReview[];
  readonly data: readonly DataChange[];
  /** Changed values beyond those in `data`. */
  readonly dataMore: number;
  readonly tests: {
    readonly added: readonly string[];
    readonly removed: readonly string[];
    readonly changed: readonly string[];
  };
  /** Who has to agree, as the side before says where it has the bundle: nobody lowers what their own change needs. */
  readonly owners: readonly string[];
  readonly approvals: number;
}

export interface PolicyReview {
  /** Versions of the releases; empty for a bundle alone. */
  readonly from: string;
  readonly to: string;
  /** By id. */
  readonly rules: readonly RuleReview[];
  /** By name. */
  readonly bundles: readonly BundleReview[];
  /** About the release as a whole. */
  readonly release: readonly Change[];
  /** Cases that `policy test` holds the release to. */
  readonly cases: readonly Change[];
  /** What analysis objects to on the side after. */
  readonly findings: readonly Finding[];
}

/** The review of a change. */
export function reviewPolicy(before: ReadPolicy, after: ReadPolicy): PolicyReview {
  const [was, is] = [reviewedBundles(before.subject), reviewedBundles(after.subject)];
  const [registered, registers] = [registrationsOf(before), registrationsOf(after)];
  const names = [...new Set([...registered.keys(), ...registers.keys()])].sort(compare);
  const readers = [
    ...partReaders(before.subject.index),
    ...partReaders(after.subject.index),
    ...[...was.values(), ...is.values()].flatMap(({ rules }) =>
      [...rules.values()].map(({ id, entry }): DataReader => ({ kind: 'rule', id, reads: entry.reads })),
    ),
  ];
  const rules = names.flatMap((name) => ruleReviews(was.get(name)?.rules, is.get(name)?.rules));
  const users = [...was.values(), ...is.values()].flatMap(({ rules }) => [...rules.values()]);
  const bundles = names.flatMap((name) => {
    const touched = rules.some(({ bundle }) => bundle === name);
    return bundleReview(name, {
      ...{ before: was.get(name), after: is.get(name), readers, users, touched },
      ...{ registered: registered.get(name), registers: registers.get(name) },
    });
  });
  return {
    from: before.release?.composition.release.policyVersion ?? '',
    to: after.release?.composition.release.policyVersion ?? '',
    rules: rules.sort((a, b) => compare(a.id, b.id)),
    bundles,
    release: before.release && after.release ? releaseChanges(before.release, after.release) : [],
    cases: caseChanges(before.cases, after.cases),
    findings: after.findings,
  };
}

/** Every bundle that is registered, whether it lies in the folder or not. */
function registrationsOf({ release, subject }: ReadPolicy): ReadonlyMap<string, BundleRegistration> {
  return new Map([
    ...subject.bundles.map(({ source }) => [source.name, source.registration] as const),
    ...Object.entries(release?.sources.manifest.bundles ?? {}),
  ]);
}

function ruleReviews(
  was: ReviewedBundle['rules'] = new Map(),
  is: ReviewedBundle['rules'] = new Map(),
): RuleReview[] {
  const ids = [...new Set([...was.keys(), ...is.keys()])];
  return ids.flatMap((id): RuleReview[] => {
    const [before, after] = [was.get(id), is.get(id)];
    const common = { id, bundle: after?.bundle ?? before?.bundle ?? '', before, after };
    if (before === undefined && after !== undefined)
      return [{ ...common, change: 'added', direction: directionOfAdded(after), changes: [] }];
    if (before !== undefined && after === undefined)
      return [{ ...common, change: 'removed', direction: directionOfRemoved(before), changes: [] }];
    if (before === undefined || after === undefined) return [];
    const changes = ruleChanges(before, after);
    if (changes.length === 0) return [];
    return [
      {
        ...common,
        change: 'changed',
        direction: unitedDirection(changes.map(({ direction }) => direction)),
        changes,
      },
    ];
  });
}

interface BundleSides {
  readonly before: ReviewedBundle | undefined;
  readonly after: ReviewedBundle | undefined;
  readonly registered: BundleRegistration | undefined;
  readonly registers: BundleRegistration | undefined;
  readonly readers: readonly DataReader[];
  /** All rules of both sides. */
  readonly users: readonly ReviewedRule[];
  /** Whether some rule of it is not as it was. */
  readonly touched: boolean;
}

function bundleReview(name: string, sides: BundleSides): BundleReview[] {
  const { before, after, registered, registers, readers, touched } = sides;
  const [was, is] = [before?.bundle.source, after?.bundle.source];
  const root = (is ?? was)?.root ?? [];
  const { changes: data, more: dataMore } = dataChanges(root, {
    before: was?.data ?? {},
    after: is?.data ?? {},
    readers,
  });
  const tests = testChanges(before?.tests ?? new Map(), after?.tests ?? new Map());
  const changes = [
    ...presenceChange(sides),
    ...(was && is ? [...sourceChanges(was, is), ...documentChanges(before, after)] : []),
    ...(registered && registers ? registrationChanges(registered, registers) : []),
  ];
  const isSame = was?.revision === is?.revision && !touched && data.length === 0 && changes.length === 0;
  if (isSame && Object.values(tests).every((names) => names.length === 0)) return [];
  const isTextOnly = was?.revision !== is?.revision && !touched && data.length === 0 && changes.length === 0;
  return [
    {
      name,
      change: whatBecameOf(sides),
      was: was?.revision,
      is: is?.revision,
      changes:
        isTextOnly && was && is
          ? [{ what: 'Its text changed, and no rule with it', direction: 'neither' }]
          : changes,
      helpers: helperReviews(root, sides),
      data,
      dataMore,
      tests,
      ...agreementOf(sides),
    },
  ];
}

/** A bundle that is fetched from its source counts as there. */
function whatBecameOf({ before, after, registered, registers }: BundleSides): BundleReview['change'] {
  const isThere = before !== undefined || registered?.source !== undefined;
  const isThereNow = after !== undefined || registers?.source !== undefined;
  if (isThere !== isThereNow) return isThere ? 'removed' : 'added';
  if (registered === undefined) return 'added';
  return registers === undefined ? 'removed' : 'changed';
}

/** Whether it is fetched from its source; where its rules cannot be told, that it came or went. */
function presenceChange({ before, after, registered, registers }: BundleSides): Change[] {
  const isSeen = { before: before !== undefined, after: after !== undefined };
  const fetched = fetchedChange(registered, registers, isSeen);
  if (fetched.length > 0 || before !== undefined || after !== undefined) return fetched;
  if ((registered === undefined) === (registers === undefined)) return [];
  const what = registers === undefined ? 'It is not registered any more' : 'It is registered from now on';
  return [{ what: `${what}, and does not lie in the folder`, direction: 'unclear' }];
}

function helperReviews(root: readonly string[], { before, after, users }: BundleSides): HelperReview[] {
  const [was, is] = [before?.helpers, after?.helpers];
  const names = [...new Set([...(was?.keys() ?? []), ...(is?.keys() ?? [])])].sort(compare);
  const bundle = (after ?? before)?.bundle.source.name;
  return names.flatMap((name): HelperReview[] => {
    const [old, now] = [was?.get(name), is?.get(name)];
    if (old?.digest === now?.digest) return [];
    const full = ['data', ...root, name].join('.');
    const uses = users.filter((rule) => rule.helpers.has(rule.bundle === bundle ? name : full));
    return [
      {
        name,
        before: old?.text,
        after: now?.text,
        usedBy: [...new Set(uses.map(({ id }) => id))].sort(compare),
      },
    ];
  });
}

function agreementOf({
  before,
  after,
  registered,
  registers,
}: BundleSides): Pick<BundleReview, 'owners' | 'approvals'> {
  const owners = (registered ?? registers)?.owners ?? [];
  const source = (before ?? after)?.bundle.source;
  return {
    owners: owners.length > 0 ? owners : source === undefined ? [] : [source.manifest.owner],
    approvals: Math.max(registered?.approvals ?? 0, registers?.approvals ?? 0),
  };
}

function sourceChanges(was: BundleSource, is: BundleSource): Change[] {
  const [before, after] = [was.manifest, is.manifest];
  const shipsOther = was.digest !== is.digest;
  return [
    ...(before.level === after.level
      ? []
      : [
          {
            what:
              after.level === 'full'
                ? 'It is not held to the simple level any more'
                : 'It is held to the simple level from now on',
            direction: after.level === 'full' ? ('looser' as const) : ('stricter' as const),
          },
        ]),
    ...valueChange(
      'How many per cent of its rules its tests have to evaluate',
      rising((after.min_coverage ?? 0) - (before.min_coverage ?? 0)),
      [before.min_coverage, after.min_coverage],
    ),
    ...(before.owner === after.owner
      ? []
      : [
          {
            what: 'The team that answers for it changed',
            direction: 'neither' as const,
            was: before.owner,
            is: after.owner,
          },
        ]),
    ...(shipsOther && before.version === after.version
      ? [
          {
            what: `Its version is still ${after.version}, although what ships is not the same`,
            direction: 'neither' as const,
          },
        ]
      : []),
  ];
}

/** Documents that others read, as identity’s capabilities. */
function documentChanges(before: ReviewedBundle | undefined, after: ReviewedBundle | undefined): Change[] {
  const [was, is] = [before?.documents ?? new Map(), after?.documents ?? new Map()];
  const { added, removed, changed } = testChanges(was, is);
  const told =
    (verb: string) =>
    (name: string): Change => ({
      what: `\`${name}\`, which none of its own rules reads, ${verb}`,
      direction: 'unclear',
    });
  return [...added.map(told('is new')), ...removed.map(told('is gone')), ...changed.map(told('changed'))];
}

function testChanges(
  was: ReadonlyMap<string, string>,
  is: ReadonlyMap<string, string>,
): BundleReview['tests'] {
  return {
    added: [...is.keys()].filter((name) => !was.has(name)),
    removed: [...was.keys()].filter((name) => !is.has(name)),
    changed: [...is.keys()].filter((name) => was.has(name) && was.get(name) !== is.get(name)),
  };
}

function releaseChanges(before: ReadRelease, after: ReadRelease): Change[] {
  const difference = releaseDifference(before.composition.release, after.composition.release);
  const lists = (Object.keys(LISTS) as (keyof typeof LISTS)[]).flatMap((list) => {
    const { noun, directions } = LISTS[list];
    return namedChanges(noun, difference[list], directions);
  });
  const dropped = after.composition.alarms
    .filter(({ id }) => !before.composition.alarms.some((alarm) => alarm.id === id))
    .map(
      ({ id, reason }): Change => ({
        what: `The override \`${id}\` lifts nothing: ${reason}`,
        direction: 'neither',
      }),
    );
  return [...manifestChanges(registryOf(before), registryOf(after)), ...lists, ...dropped];
}

function registryOf({ sources, files }: ReadRelease): Registry {
  return { manifest: sources.manifest, files };
}
