import type { BundleRegistration, ReleaseManifest } from '@bailiff/contract';
import { compare } from '../finding.ts';
import { type Change, type Direction, shownValue } from './change.ts';

/** What changed about how a bundle is registered. */
export function registrationChanges(was: BundleRegistration, is: BundleRegistration): Change[] {
  return [
    ...placeChanges(was, is),
    ...valueChange('Who answers for it changed', 'unclear', [was.owners, is.owners]),
    ...valueChange('Whose signature is taken changed', 'unclear', [was.signing_keys, is.signing_keys]),
    ...valueChange('How many approvals a change of it needs', rising(is.approvals - was.approvals), [
      was.approvals,
      is.approvals,
    ]),
    ...valueChange(
      'Whether calls are refused without it',
      rising(Number(is.required) - Number(was.required)),
      [was.required, is.required],
    ),
    ...valueChange('Whether it may grant', rising(Number(was.may_grant) - Number(is.may_grant)), [
      was.may_grant,
      is.may_grant,
    ]),
    ...valueChange('What it may read of others changed', 'unclear', [was.may_read, is.may_read]),
    ...valueChange(
      'How many overrides may hold for its rules',
      rising(was.overrides_max - is.overrides_max),
      [was.overrides_max, is.overrides_max],
    ),
  ];
}

/** That a bundle is fetched from its source, or is not any more. `isSeen`: its rules on that side were looked at, and are told. */
export function fetchedChange(
  was: BundleRegistration | undefined,
  is: BundleRegistration | undefined,
  isSeen: { readonly before: boolean; readonly after: boolean },
): Change[] {
  if (was?.source === undefined && is?.source === undefined) return [];
  const told = (what: string, untold: string, isTold: boolean): Change[] => [
    {
      what: isTold ? what : `${what}, and ${untold}`,
      direction: 'unclear',
      was: placeText(was),
      is: placeText(is),
    },
  ];
  const { before, after } = isSeen;
  if (was === undefined) return told('It is fetched from its source', 'what it says is not told here', after);
  if (is === undefined)
    return told('It was fetched from its source', 'what it said is not told here', before);
  if (was.source === undefined)
    return told('It is fetched from its source from now on', 'what it says there is not told here', after);
  if (is.source === undefined)
    return told('It was fetched from its source until now', 'what it said there is not told here', before);
  return [];
}

/** Where a bundle comes from, and what is taken from there. */
function placeChanges(was: BundleRegistration, is: BundleRegistration): Change[] {
  // That it is fetched, or is not any more, is told by `fetchedChange`.
  if ((was.source === undefined) !== (is.source === undefined)) return [];
  const { local_development: unsigned, max_staleness_seconds: staleness, ...from } = was.source ?? {};
  const { local_development: isUnsigned, max_staleness_seconds: isStaleness, ...to } = is.source ?? {};
  return [
    ...valueChange('Where it comes from changed', 'unclear', [
      was.source === undefined ? was.path : from,
      is.source === undefined ? is.path : to,
    ]),
    ...valueChange(
      'Whether it is taken where nobody signed it',
      rising(Number(unsigned ?? false) - Number(isUnsigned ?? false)),
      [unsigned, isUnsigned],
    ),
    ...valueChange(
      'After how many seconds without a look at its source it counts as missing',
      (isStaleness ?? Number.POSITIVE_INFINITY) < (staleness ?? Number.POSITIVE_INFINITY)
        ? 'stricter'
        : 'looser',
      [staleness, isStaleness],
    ),
  ];
}

function placeText(registration: BundleRegistration | undefined): string | undefined {
  return textOf(registration?.source ?? registration?.path);
}

/** `release.yaml`, and digests of the files that it names. */
export interface Registry {
  readonly manifest: ReleaseManifest;
  readonly files: ReadonlyMap<string, string>;
}

/** What changed about the release as a whole, its bundles apart. */
export function manifestChanges(before: Registry, after: Registry): Change[] {
  const [was, is] = [before.manifest, after.manifest];
  const without = listChanges(was.servers_without_bundle, is.servers_without_bundle);
  const levels = ['basic', 'full'];
  return [
    ...without.added.map(
      (server): Change => ({
        what: `The server \`${server}\` needs no bundle of its own any more`,
        direction: 'looser',
      }),
    ),
    ...without.removed.map(
      (server): Change => ({
        what: `The server \`${server}\` needs a bundle of its own from now on`,
        direction: 'stricter',
      }),
    ),
    ...valueChange(
      'How fully decisions are kept',
      rising(levels.indexOf(is.audit.level) - levels.indexOf(was.audit.level)),
      [was.audit.level, is.audit.level],
    ),
    ...valueChange(
      'For how many days decisions are kept',
      rising(is.audit.retention_days - was.audit.retention_days),
      [was.audit.retention_days, is.audit.retention_days],
    ),
    ...valueChange('Keys that signatures are checked with changed', 'unclear', [was.keys, is.keys]),
    ...valueChange('How a new release comes to decide changed', 'unclear', [was.rollout, is.rollout]),
    ...valueChange(
      'The recorded decisions that a release is held to',
      is.corpus === undefined ? 'looser' : 'unclear',
      [was.corpus, is.corpus],
    ),
    ...valueChange('Where the pins of tools stand', is.tool_pins === undefined ? 'looser' : 'unclear', [
      was.tool_pins,
      is.tool_pins,
    ]),
    ...valueChange('Packages that are part of it', 'unclear', [was.packages, is.packages]),
    ...fileChanges(before, after),
  ];
}

/** Files that are called as they were, and hold something else. */
function fileChanges(before: Registry, after: Registry): Change[] {
  const told = (what: string, was: string | undefined, is: string | undefined): Change[] =>
    was === undefined || was !== is
      ? []
      : valueChange(`${what} holds something else: \`${is}\``, 'unclear', [
          digestIn(before, was),
          digestIn(after, is),
        ]);
  const [was, is] = [new Map(Object.entries(before.manifest.keys)), Object.entries(after.manifest.keys)];
  return [
    ...is.flatMap(([id, { file }]) => told(`The file of the key \`${id}\``, was.get(id)?.file, file)),
    ...told('The file of recorded decisions', before.manifest.corpus, after.manifest.corpus),
  ];
}

/** The beginning of a file’s digest; undefined where it cannot be read. */
function digestIn({ files }: Registry, name: string): string | undefined {
  return files.get(name)?.slice(0, 12);
}

/** A change of which there is a name, and a text on either side. */
export interface NamedChange {
  readonly name: string;
  readonly from: string | null;
  readonly to: string | null;
}

/** What came, went or changed of a list by name, as `releaseDifference` gives it. */
export function namedChanges(
  noun: string,
  changes: readonly NamedChange[],
  directions: Directions,
): Change[] {
  return changes.map(({ name, from, to }): Change => {
    const verb = from === null ? 'is new' : to === null ? 'is gone' : 'changed';
    const direction =
      from === null ? directions.added : to === null ? directions.removed : directions.changed(from, to);
    return { what: `${noun} \`${name}\` ${verb}`, direction, was: from ?? undefined, is: to ?? undefined };
  });
}

export interface Directions {
  readonly added: Direction;
  readonly removed: Direction;
  readonly changed: (from: string, to: string) => Direction;
}

const UNCLEAR: Directions = { added: 'unclear', removed: 'unclear', changed: () => 'unclear' };

/** What each list of a release’s difference is called, and what changes of it do. */
export const LISTS = {
  overrides: {
    noun: 'The override',
    directions: { added: 'looser', removed: 'stricter', changed: () => 'unclear' },
  },
  agents: {
    noun: 'The agent',
    directions: {
      added: 'looser',
      removed: 'stricter',
      changed: (from, to) => (to === 'any' ? 'looser' : from === 'any' ? 'stricter' : 'unclear'),
    },
  },
  tool_pins: { noun: 'The pin of the tool', directions: { ...UNCLEAR, removed: 'looser' } },
  launches: { noun: 'The launch of the server', directions: UNCLEAR },
  catalogue: { noun: 'The catalogue’s entry', directions: UNCLEAR },
} as const satisfies Record<string, { readonly noun: string; readonly directions: Directions }>;

function listChanges(was: readonly string[], is: readonly string[]) {
  return {
    added: is.filter((name) => !was.includes(name)).sort(compare),
    removed: was.filter((name) => !is.includes(name)).sort(compare),
  };
}

/** A value that is not what it was, as one change. */
export function valueChange(
  what: string,
  direction: Direction,
  [was, is]: readonly [unknown, unknown],
): Change[] {
  if (JSON.stringify(was) === JSON.stringify(is)) return [];
  return [{ what, direction, was: textOf(was), is: textOf(is) }];
}

function textOf(value: unknown): string | undefined {
  return value === undefined ? undefined : shownValue(value);
}

/** More of what is asked for is stricter. */
export function rising(by: number): Direction {
  if (by === 0) return 'neither';
  return by > 0 ? 'stricter' : 'looser';
}
