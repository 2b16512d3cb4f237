import type { CatalogueEntry, RuleKind } from '@bailiff/contract';
import type { Rule } from '../analysis/syntax.ts';
import { canaryWords } from '../sources/words/canary-words.ts';
import { canonical, namesIn } from './canonical.ts';
import { type Change, type Direction, shownValue } from './change.ts';
import { type Firing, firingOf } from './firing.ts';

/** A rule as one side of a review has it. */
export interface ReviewedRule {
  readonly id: string;
  readonly bundle: string;
  readonly entry: CatalogueEntry;
  readonly bodies: readonly Rule[];
  /** What the imported names in its bodies stand for, by name. */
  readonly imports: ReadonlyMap<string, string>;
  /** Its bodies as they are written. */
  readonly text: string;
  /** Helpers of its bundle that it depends on, to a digest of each. */
  readonly helpers: ReadonlyMap<string, string>;
  readonly file: string;
  readonly row: number;
}

/** How much a rule in force, if only in its canary, asks for: a grant least, a denial most. One that is watched or off asks for nothing. */
const ASKS: Readonly<Record<RuleKind | 'nothing', number>> = {
  allow: -1,
  nothing: 0,
  affirm: 0,
  oblige: 1,
  require_approval: 2,
  deny: 3,
};

const KINDS: Readonly<Record<RuleKind, string>> = {
  deny: 'a denial',
  require_approval: 'a demand for approval',
  allow: 'a grant',
  affirm: 'an affirmation',
  oblige: 'a duty',
};

/** What a rule is called, as `a denial`. */
export function kindWords(kind: RuleKind): string {
  return KINDS[kind];
}

/** What adding a rule does. */
export function directionOfAdded({ entry }: ReviewedRule): Direction {
  return between(0, asks(entry));
}

/** What removing a rule does. */
export function directionOfRemoved({ entry }: ReviewedRule): Direction {
  return between(asks(entry), 0);
}

/** What changed about a rule that both sides have; nothing where it is the same. */
export function ruleChanges(before: ReviewedRule, after: ReviewedRule): Change[] {
  const changes = [
    ...forceChanges(before.entry, after.entry),
    ...textChanges(before, after),
    ...wordChanges(before.entry, after.entry),
  ];
  const isEverInForce = [before, after].some(({ entry }) => isInForce(entry));
  return isEverInForce ? changes : changes.map((change) => ({ ...change, direction: 'neither' }));
}

/** Whether it decides calls: everybody’s, or those of its canary. */
function isInForce({ mode }: Pick<CatalogueEntry, 'mode'>): boolean {
  return mode === 'enforce' || mode === 'canary';
}

function asks(entry: CatalogueEntry): number {
  return ASKS[isInForce(entry) ? entry.kind : 'nothing'];
}

/** For whose calls a rule in force decides now, beside for whose it did. */
function reachChange(was: CatalogueEntry, is: CatalogueEntry): Firing {
  const everyone = { share: 1, teams: [] };
  const [before, after] = [was, is].map(({ mode, canary }) =>
    mode === 'canary' && canary !== undefined ? canary : everyone,
  ) as [typeof everyone, typeof everyone];
  const grows = holds(after, before);
  if (holds(before, after)) return grows ? 'same' : 'fewer';
  return grows ? 'more' : 'unclear';
}

type Canary = Readonly<NonNullable<CatalogueEntry['canary']>>;

/** Whether everybody of one canary is in another for certain. */
function holds(wide: Canary, narrow: Canary): boolean {
  return (
    wide.share === 1 ||
    (wide.share >= narrow.share && narrow.teams.every((team) => wide.teams.includes(team)))
  );
}

/** What it does to calls that it is in force otherwise, or for others. */
function forceDirection(was: CatalogueEntry, is: CatalogueEntry): Direction {
  const reach = isInForce(was) && isInForce(is) ? reachChange(was, is) : 'same';
  if (reach === 'same') return between(asks(was), asks(is));
  return was.kind === is.kind ? directionOfFiring(reach, is.kind) : 'unclear';
}

function between(before: number, after: number): Direction {
  if (before === after) return 'neither';
  return before < after ? 'stricter' : 'looser';
}

/** Whether and how it is in force, and whether it can be lifted. */
function forceChanges(was: CatalogueEntry, is: CatalogueEntry): Change[] {
  const changes: Change[] = [];
  const direction = forceDirection(was, is);
  if (was.kind !== is.kind)
    changes.push({ what: `It was ${KINDS[was.kind]} and is ${KINDS[is.kind]}`, direction });
  if (was.mode !== is.mode)
    changes.push({ what: `Its mode was ${modeWords(was)} and is ${modeWords(is)}`, direction });
  const [canaryWas, canaryIs] = [was, is].map(({ canary }) => (canary ? canaryWords(canary) : ''));
  if (was.mode === is.mode && canaryWas !== canaryIs)
    changes.push({ what: 'Its canary changed', direction, ...pair(canaryWas ?? '', canaryIs ?? '') });
  if (was.overridable !== is.overridable)
    changes.push({
      what: is.overridable ? 'An override may lift it from now on' : 'No override may lift it any more',
      direction: is.overridable ? 'looser' : 'stricter',
    });
  if (was.watch_until !== is.watch_until)
    changes.push({
      what: 'The day until which it is not in force for everyone changed',
      direction: 'neither',
      ...pair(was.watch_until, is.watch_until),
    });
  if (was.severity !== is.severity)
    changes.push({
      what: 'Its severity changed',
      direction: between(SEVERITIES.indexOf(was.severity), SEVERITIES.indexOf(is.severity)),
      ...pair(was.severity, is.severity),
    });
  changes.push(...approverChanges(was.approvers, is.approvers), ...auditChanges(was.audit, is.audit));
  return changes;
}

function modeWords({ mode, canary }: CatalogueEntry): string {
  return `\`${mode}\`${canary === undefined ? '' : ` (${canaryWords(canary)})`}`;
}

const SEVERITIES: readonly string[] = ['low', 'medium', 'high', 'critical'];

function approverChanges(was: readonly string[], is: readonly string[]): Change[] {
  if (JSON.stringify(was) === JSON.stringify(is)) return [];
  const added = is.filter((name) => !was.includes(name));
  const removed = was.filter((name) => !is.includes(name));
  const direction = added.length === 0 ? 'stricter' : removed.length === 0 ? 'looser' : 'unclear';
  // Nobody named is not nobody who may: what that means is for the rest of the release.
  const isOpen = was.length === 0 || is.length === 0;
  return [
    {
      what: 'Who may approve changed',
      direction: isOpen ? 'unclear' : direction,
      ...pair(was.join(', '), is.join(', ')),
    },
  ];
}

function auditChanges(was: CatalogueEntry['audit'], is: CatalogueEntry['audit']): Change[] {
  if (JSON.stringify(was) === JSON.stringify(is)) return [];
  const level = (audit: CatalogueEntry['audit']) => ['', 'basic', 'full'].indexOf(audit?.level ?? '');
  const directions = [
    between(level(was), level(is)),
    between(was?.retention_days ?? 0, is?.retention_days ?? 0),
  ];
  const told = directions.filter((direction) => direction !== 'neither');
  const direction = new Set(told).size === 1 ? (told[0] ?? 'unclear') : 'unclear';
  return [
    {
      what: 'How records of such calls are kept changed',
      direction,
      ...pair(shownValue(was ?? ''), shownValue(is ?? '')),
    },
  ];
}

/** What it says about a call. */
function textChanges(before: ReviewedRule, after: ReviewedRule): Change[] {
  const { kind } = after.entry;
  const asWritten =
    before.entry.kind === kind ? firingOf(before.bodies, after.bodies) : underAnotherHead(before, after);
  const changes = importChanges(before, after);
  // Conditions that are written alike are not the same where a name in them is another.
  const firing = asWritten !== 'same' && changes.length > 0 ? 'unclear' : asWritten;
  if (firing !== 'same') {
    // Where it came into force, or went out of it, that says what it does to calls.
    const isAlways = isInForce(after.entry) && isInForce(before.entry);
    changes.push({ what: FIRES[firing], direction: isAlways ? directionOfFiring(firing, kind) : 'neither' });
  }
  const names = [...new Set([...before.helpers.keys(), ...after.helpers.keys()])].sort();
  const helpers = names.filter((name) => before.helpers.get(name) !== after.helpers.get(name));
  const both = helpers.filter((name) => before.helpers.has(name) && after.helpers.has(name));
  if (both.length > 0 || (firing === 'same' && helpers.length > 0)) {
    const told = both.length > 0 ? both : helpers;
    changes.push({
      what: `What it depends on changed: ${told.map((name) => `\`${name}\``).join(', ')}`,
      direction: isInForce(after.entry) ? 'unclear' : 'neither',
    });
  }
  return changes;
}

/** Names in both texts that an import gives another meaning. */
function importChanges(before: ReviewedRule, after: ReviewedRule): Change[] {
  const [was, is] = [namesIn(before.bodies), namesIn(after.bodies)];
  const isAlways = [before, after].every(({ entry }) => isInForce(entry));
  return [...was]
    .filter((name) => is.has(name) && before.imports.get(name) !== after.imports.get(name))
    .sort()
    .map((name) => ({
      what: `What \`${name}\` stands for in it changed`,
      direction: isAlways ? 'unclear' : 'neither',
      was: before.imports.get(name) ?? 'not imported',
      is: after.imports.get(name) ?? 'not imported',
    }));
}

/** Of a rule that is of another kind now, whether its conditions are the same. */
function underAnotherHead(before: ReviewedRule, after: ReviewedRule): Firing {
  const texts = ({ bodies }: ReviewedRule) => bodies.map(({ body }) => canonical(body)).join('\n');
  return texts(before) === texts(after) ? 'same' : 'unclear';
}

const FIRES: Readonly<Record<Exclude<Firing, 'same'>, string>> = {
  more: 'It fires for all the calls that it fired for, and for more',
  fewer: 'It fires for fewer calls, and for none that it did not fire for',
  unclear: 'It says something else about calls',
};

function directionOfFiring(firing: Exclude<Firing, 'same'>, kind: RuleKind): Direction {
  if (kind === 'affirm') return 'neither';
  if (firing === 'unclear') return 'unclear';
  const isGrant = kind === 'allow';
  return (firing === 'more') === isGrant ? 'looser' : 'stricter';
}

/** Fields of METADATA that people and programs are told, and that decide nothing. */
const WORDS = {
  ...{ title: 'title', description: 'description', message: 'message', reason: 'reason code' },
  ...{
    remediation: 'remediation',
    appeal_path: 'place to ask for a change',
    owner: 'owner',
    controls: 'controls',
  },
  ...{ suggest: 'suggestions', when_missing: 'note on what is missing' },
} as const satisfies Partial<Record<keyof CatalogueEntry, string>>;

function wordChanges(was: CatalogueEntry, is: CatalogueEntry): Change[] {
  return (Object.keys(WORDS) as (keyof typeof WORDS)[]).flatMap((field): Change[] => {
    const [before, after] = [was[field] ?? '', is[field] ?? ''];
    if (JSON.stringify(before) === JSON.stringify(after)) return [];
    return [
      {
        what: `Its ${WORDS[field]} changed`,
        direction: 'neither',
        ...pair(shownValue(before), shownValue(after)),
      },
    ];
  });
}

function pair(was: string, is: string): Pick<Change, 'was' | 'is'> {
  return { was, is };
}
