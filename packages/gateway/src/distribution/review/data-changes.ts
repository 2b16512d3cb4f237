import type { Json } from '@bailiff/contract';
import { dottedPaths, type RuleIndex } from '../analysis/rule-index.ts';
import { compare } from '../finding.ts';
import { isObject } from '../sources/document.ts';
import { shownValue } from './change.ts';

/** A value of a bundle’s data that changed, and the rules that read it. */
export interface DataChange {
  /** From the root of the bundle’s data, dotted. */
  readonly path: string;
  /** Whether the value is another, or elements of a list came and went. */
  readonly kind: 'value' | 'elements';
  /** The value, or the elements that went; undefined where it is new, or none went. */
  readonly was: string | undefined;
  /** The value, or the elements that came; undefined where it is gone, or none came. */
  readonly is: string | undefined;
  /** Ids of rules, on either side. */
  readonly readBy: readonly string[];
  /** Parts of Bailiff that read it themselves: `kernel`, `gateway`. */
  readonly readByParts: readonly string[];
}

/** A rule or a part of Bailiff, and the paths from `data` on that it reads. */
export interface DataReader {
  readonly kind: 'rule' | 'part';
  readonly id: string;
  readonly reads: readonly string[];
}

/** Changed values that are told of one bundle; further ones are counted. */
const CHANGES_MAX = 100;

/** The changes between data that lies at a root, and how many there are beyond those told. */
export function dataChanges(
  root: readonly string[],
  {
    before,
    after,
    readers,
  }: { readonly before: Json; readonly after: Json; readonly readers: readonly DataReader[] },
): { readonly changes: readonly DataChange[]; readonly more: number } {
  const found = [...differences(before, after, [])];
  const changes = found.slice(0, CHANGES_MAX).map(({ path, ...difference }) => {
    const at = ['data', ...root, ...path].join('.');
    const reading = readers.filter(({ reads }) =>
      reads.some((read) => isAbove(read, at) || isAbove(at, read)),
    );
    const ids = (wanted: DataReader['kind']) =>
      [...new Set(reading.filter(({ kind }) => kind === wanted).map(({ id }) => id))].sort(compare);
    return { ...difference, path: path.join('.'), readBy: ids('rule'), readByParts: ids('part') };
  });
  return { changes, more: found.length - changes.length };
}

/** Documents of bundles that parts of Bailiff read, whether a rule does or not. */
const READ_BY_PARTS: Readonly<Record<'kernel' | 'gateway', readonly string[]>> = {
  /** How far everybody reaches. */
  kernel: ['data.policy.identity.capabilities'],
  /** Who is registered, and which exceptions hold. */
  gateway: ['data.policy.identity.agents', 'data.policy.identity.users', 'data.policy.overrides.overrides'],
};

/** What the kernel and the gateway read of bundles, and what rules make that of. */
export function partReaders(index: RuleIndex): DataReader[] {
  return (['kernel', 'gateway'] as const).map((id) => {
    const references = READ_BY_PARTS[id].map((path) => ({ path: path.split('.'), row: 1, called: false }));
    return { kind: 'part', id, reads: [...READ_BY_PARTS[id], ...dottedPaths(index.readsOf(references))] };
  });
}

interface Difference extends Pick<DataChange, 'kind' | 'was' | 'is'> {
  readonly path: readonly string[];
}

function* differences(
  before: Json | undefined,
  after: Json | undefined,
  path: readonly string[],
): Generator<Difference> {
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort(compare);
    for (const key of keys) yield* differences(own(before, key), own(after, key), [...path, key]);
    return;
  }
  if (JSON.stringify(before) === JSON.stringify(after)) return;
  if (Array.isArray(before) && Array.isArray(after)) {
    const gone = missingFrom(before, after);
    const added = missingFrom(after, before);
    // Elements that came and went say more than two long lists; of another order or number the lists themselves do.
    if (gone.length + added.length > 0) {
      yield { path, kind: 'elements', was: listText(gone), is: listText(added) };
      return;
    }
  }
  yield { path, kind: 'value', was: textOf(before), is: textOf(after) };
}

function textOf(value: Json | undefined): string | undefined {
  return value === undefined ? undefined : shownValue(JSON.stringify(value));
}

function listText(list: readonly Json[]): string | undefined {
  return list.length === 0
    ? undefined
    : shownValue(list.map((element) => JSON.stringify(element)).join(', '));
}

function missingFrom(list: readonly Json[], other: readonly Json[]): Json[] {
  const known = new Set(other.map((element) => JSON.stringify(element)));
  return list.filter((element) => !known.has(JSON.stringify(element)));
}

function own(value: { readonly [key: string]: Json }, key: string): Json | undefined {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function isAbove(path: string, other: string): boolean {
  return path === other || other.startsWith(`${path}.`);
}
