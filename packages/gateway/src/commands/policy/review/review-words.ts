import type { Direction } from '../../../distribution/review/change.ts';
import type { DataChange } from '../../../distribution/review/data-changes.ts';
import type { BundleReview, PolicyReview, RuleReview } from '../../../distribution/review/review-policy.ts';
import { kindWords } from '../../../distribution/review/rule-changes.ts';
import { changedLines } from '../../tools/changed-lines.ts';

/** Directions in the order in which a reviewer wants them. */
export const DIRECTIONS: readonly Direction[] = ['looser', 'unclear', 'stricter', 'neither'];

/** What a direction means, for people. */
export const DIRECTION_WORDS: Readonly<Record<Direction, string>> = {
  looser: 'looser: more calls go on, or less is asked of them',
  unclear: 'cannot be told from the text: look at it',
  stricter: 'stricter: fewer calls go on, or more is asked of them',
  neither: 'no call is decided in another way',
};

/** What became of a rule, without a full stop. */
export function ruleWords({ change, before, after }: RuleReview): string {
  const entry = (after ?? before)?.entry;
  if (entry === undefined || change === 'changed') return change;
  const force = entry.mode === 'enforce' ? '' : `, \`${entry.mode}\``;
  return `${change}: ${kindWords(entry.kind)}${force}`;
}

/** Title of a rule, as it is now. */
export function titleOf({ before, after }: RuleReview): string {
  return (after ?? before)?.entry.title ?? '';
}

/** Where a rule stands now; of one that is gone where it stood. */
export function standsAt({ before, after }: RuleReview): string {
  const rule = after ?? before;
  return rule === undefined ? '' : `${rule.file}:${rule.row}`;
}

/** What is no longer in a text, and what is new in it, as lines of a comparison. */
export function textLines(before: string | undefined, after: string | undefined): string[] {
  if (before === after) return [];
  const lines = (text: string | undefined) => (text === undefined ? [] : text.split('\n'));
  return changedLines(lines(before), lines(after)).map(
    ({ kind, text }) => `${kind === 'same' ? ' ' : kind === 'gone' ? '-' : '+'} ${text}`,
  );
}

/** What became of a value of a bundle’s data. */
export function dataWords({ kind, was, is }: DataChange): string {
  if (kind === 'elements')
    return [
      ...(was === undefined ? [] : [`lost ${was}`]),
      ...(is === undefined ? [] : [`gained ${is}`]),
    ].join(', ');
  if (was === undefined) return `is new: ${is}`;
  return is === undefined ? `is gone; it was ${was}` : `was ${was}, is ${is}`;
}

/** What a bundle was and is, without a full stop. One that is fetched was not looked at. */
export function revisionWords({ change, was, is }: BundleReview, tell: (revision: string) => string): string {
  const revisions = [was, is].map((revision) => (revision === undefined ? undefined : tell(revision)));
  if (change !== 'changed') {
    const [only] = revisions.filter((revision) => revision !== undefined);
    return only === undefined ? change : `${change}, ${only}`;
  }
  if (was === undefined && is === undefined) return 'is registered in another way';
  return revisions.map((revision) => revision ?? 'fetched').join(' → ');
}

/** Who reads a value of data: rules by id, parts of Bailiff as `the kernel`; empty where nothing does. */
export function dataReaders({ readBy, readByParts }: DataChange, tell: (id: string) => string): string {
  return [...readBy.map(tell), ...readByParts.map((part) => `the ${part}`)].join(', ');
}

/** How many of which, in one line. */
export function summaryOf({ rules, bundles, release, cases }: PolicyReview): string {
  if (rules.length + bundles.length + release.length + cases.length === 0) return 'Nothing changes.';
  const kinds = (['added', 'removed', 'changed'] as const).flatMap((change) => {
    const count = rules.filter((rule) => rule.change === change).length;
    return count === 0 ? [] : [`${count} ${change}`];
  });
  const data = bundles.reduce((sum, bundle) => sum + bundle.data.length + bundle.dataMore, 0);
  const told = [
    kinds.length === 0 ? 'No rule changes' : `Rules: ${kinds.join(', ')}`,
    ...(data === 0 ? [] : [`${counted(data, 'value')} of data ${data === 1 ? 'changes' : 'change'}`]),
    countsOf([
      ...rules.map(directionsOf),
      ...[...bundles.flatMap(({ changes }) => changes), ...release, ...cases].map(({ direction }) => [
        direction,
      ]),
      // What a table or a limit does to calls is for people to say, where something reads it.
      ...bundles.flatMap(({ data: values }) =>
        values.filter(({ readBy, readByParts }) => readBy.length + readByParts.length > 0).map(() => UNCLEAR),
      ),
    ]),
  ];
  return `${told.join('; ')}.`;
}

const UNCLEAR: readonly Direction[] = ['unclear'];

/** A rule may have become looser in one way and stricter in another: it counts as both. */
function directionsOf({ direction, changes }: RuleReview): readonly Direction[] {
  return changes.length === 0 ? [direction] : changes.map((change) => change.direction);
}

function countsOf(all: readonly (readonly Direction[])[]): string {
  const count = (direction: Direction) => all.filter((directions) => directions.includes(direction)).length;
  return `${count('looser')} looser, ${count('stricter')} stricter, ${count('unclear')} that cannot be told`;
}

/** Whose agreement a change of a bundle needs. */
export function agreementWords({ owners, approvals }: BundleReview, tell: (owner: string) => string): string {
  if (owners.length === 0)
    return approvals === 0 ? 'whoever answers for it where it is fetched' : `${approvals} of its owners`;
  const people = owners.map(tell).join(', ');
  return approvals === 0 ? people : `${approvals} of ${people}`;
}

/** Tests of a bundle that came, went or changed, as texts. */
export function testWords({ tests }: BundleReview): string[] {
  return (['removed', 'changed', 'added'] as const).flatMap((change) =>
    tests[change].length === 0
      ? []
      : [`${counted(tests[change].length, 'test')} ${change}: ${listed(tests[change])}`],
  );
}

/** Names that are listed at most; further ones are counted. */
const NAMES_MAX = 10;

function listed(names: readonly string[]): string {
  const own = names.map((name) => name.split(' ').at(-1) ?? name);
  const rest = own.length - NAMES_MAX;
  return `${own.slice(0, NAMES_MAX).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
