import type { BundleRegistration, ReleaseManifest } from '@bailiff/contract';
import { compare } from '../finding.ts';
import { type Change, type Direction, shownValue } from './change.ts';

/** What changed about how a bundle is registered. */
export function registrationChanges(was: BundleRegistration, is: BundleRegistration): Change[] {
  return [
    ...valueChange('Where it comes from changed', 'unclear', [was.source ?? was.path, is.source ?? is.path]),
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

/** What changed about the release as a whole, its bundles apart. */
export function manifestChanges(was: ReleaseManifest, is: ReleaseManifest): Change[] {
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
  ];
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

function valueChange(what: string, direction: Direction, [was, is]: readonly [unknown, unknown]): Change[] {
  if (JSON.stringify(was) === JSON.stringify(is)) return [];
  return [{ what, direction, was: textOf(was), is: textOf(is) }];
}

function textOf(value: unknown): string | undefined {
  return value === undefined ? undefined : shownValue(value);
}

/** More of what is asked for is stricter. */
function rising(by: number): Direction {
  if (by === 0) return 'neither';
  return by > 0 ? 'stricter' : 'looser';
}
