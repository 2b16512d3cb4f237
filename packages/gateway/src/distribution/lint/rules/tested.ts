import { RuleKind } from '@bailiff/contract';
import { isCall } from '../../analysis/references.ts';
import type { RuleIndex } from '../../analysis/rule-index.ts';
import {
  dottedName,
  type Expression,
  elementsOf,
  isWithin,
  type Path,
  type Rule,
  stringOf,
  type Term,
} from '../../analysis/syntax.ts';
import type { LintFinding } from '../finding.ts';
import { fullIdOf, type LintedBundle, type LintSubject, withTests } from '../subject.ts';
import { negatedBody } from '../terms/bodies.ts';

/**
 * Rules that no test of their bundle shows firing, or shows staying silent. Told from the text of the tests, without running
 * them: a condition that names the id, in a test that reads the rule set or calls a function of its package, shows the rule firing,
 * after `not` staying silent; so does a set that is said to be empty or to hold other ids alone. Whether the tests hold is for `opa test` to say.
 */
export function testFindings({ bundles, index }: LintSubject): LintFinding[] {
  const tests = withTests({ bundles, index });
  return bundles.flatMap((bundle) => {
    const shown = shownBy(bundle, tests);
    return bundle.rules.flatMap((rule): LintFinding[] => {
      if (bundle.catalogue.get(rule.id)?.mode === 'off') return [];
      const [{ module, rule: first }] = rule.bodies;
      const at = { file: module.source.file, row: first.location.row, severity: 'warning' as const };
      const fires = shown.some((one) => shows(one, 'firing', rule.kind, [rule.id, fullIdOf(bundle, rule)]));
      const silent = shown.some((one) => shows(one, 'silent', rule.kind, [rule.id, fullIdOf(bundle, rule)]));
      const set = `${rule.kind === 'oblige' ? `some duty in ${rule.kind}; duty.id == ` : ''}"${rule.id}"${rule.kind === 'oblige' ? '' : ` in ${rule.kind}`}`;
      const firing = {
        ...at,
        code: 'test_firing_missing',
        detail: `No test of the bundle shows the rule \`${rule.id}\` firing.`,
        mend: `Add one: \`test_… if ${set} with input as …\`.`,
      };
      const silence = {
        ...at,
        code: 'test_silence_missing',
        detail: `No test of the bundle shows the rule \`${rule.id}\` staying silent.`,
        mend: `Add one close to where it fires: \`test_… if not ${set} with input as …\`.`,
      };
      return [...(fires ? [] : [firing]), ...(silent ? [] : [silence])];
    });
  });
}

/** What one condition of a test shows. `ids: null` stands for all of the set. */
interface Shown {
  readonly what: 'firing' | 'silent';
  /** Rule sets that the test reads; undefined where a function reads them for it. */
  readonly kinds: ReadonlySet<RuleKind> | undefined;
  readonly ids: ReadonlySet<string>;
  /** Whether the ids are those that it is not about. */
  readonly isRest: boolean;
  /** The rule of a test’s package that shows it. */
  readonly by: string;
}

/** Names of the tests that show a rule firing, and of those that show it staying silent. */
export interface ShowingTests {
  readonly firing: readonly string[];
  readonly silent: readonly string[];
}

/** The tests that show each rule, by bundle and the rule’s id, as their text tells it. */
export function testsShowing(
  subject: Pick<LintSubject, 'bundles' | 'index'>,
): ReadonlyMap<string, ReadonlyMap<string, ShowingTests>> {
  const tests = withTests(subject);
  return new Map(
    subject.bundles.map((bundle) => {
      const shown = shownBy(bundle, tests).filter(({ by }) => by.startsWith('test_'));
      const byRule = bundle.rules.map((rule): [string, ShowingTests] => {
        const names = [rule.id, fullIdOf(bundle, rule)];
        const showing = (what: Shown['what']) => {
          const telling = shown.filter((one) => shows(one, what, rule.kind, names));
          // What is said of a set as a whole counts where the test reads that very set.
          const [rest, named] = [true, false].map((isRest) => telling.filter((one) => one.isRest === isRest));
          const whole = (rest ?? []).filter(({ kinds }) => kinds !== undefined);
          return [...new Set([...(named ?? []), ...whole].map(({ by }) => by))];
        };
        return [rule.id, { firing: showing('firing'), silent: showing('silent') }];
      });
      return [bundle.source.name, new Map(byRule)];
    }),
  );
}

function shows(
  { what, kinds, ids, isRest }: Shown,
  wanted: Shown['what'],
  kind: RuleKind,
  names: readonly string[],
): boolean {
  if (what !== wanted || (kinds !== undefined && !kinds.has(kind))) return false;
  return names.some((name) => ids.has(name)) !== isRest;
}

function shownBy({ source, rules, tests }: LintedBundle, index: RuleIndex): readonly Shown[] {
  const modules = new Set(tests);
  const kindsHere = [...new Set(rules.map(({ kind }) => kind))];
  const sets = kindsHere.map((kind) => [kind, ['data', ...source.root, kind]] as const);
  return index.rules
    .filter(({ module }) => modules.has(module))
    .flatMap(({ module, rule, references }) => {
      const kinds = new Set(
        sets.filter(([, set]) => references.some(({ path }) => isAbout(path, set))).map(([kind]) => kind),
      );
      const own = ['data', ...module.package];
      const reads =
        kinds.size > 0 || references.some(({ path }) => isWithin(path, own) || path[1] === 'bailiff');
      const by = String(rule.head.ref[0]?.value ?? '');
      return reads
        ? expressionsIn(rule)
            .flatMap((expression) => shownIn(expression, kinds.size > 0 ? kinds : undefined))
            .map((shown) => ({ ...shown, by }))
        : [];
    });
}

function isAbout(path: Path, set: Path): boolean {
  return isWithin(path, set) || isWithin(set, path);
}

function shownIn(expression: Expression, kinds: Shown['kinds']): Omit<Shown, 'by'>[] {
  const ids = new Set(stringsIn(expression.terms));
  const shown: Omit<Shown, 'by'>[] = [
    { what: expression.negated ? 'silent' : 'firing', kinds, ids, isRest: false },
  ];
  // `deny == {"a"}` shows every other rule of the set staying silent, and `count(deny) == 0` all of them.
  if (!expression.negated && (isComparedWithSet(expression) || isCountedNone(expression)))
    shown.push({ what: 'silent', kinds, ids, isRest: true });
  return shown;
}

function isComparedWithSet({ terms }: Expression): boolean {
  if (!isCall(terms) || !isEquality(terms[0])) return false;
  return terms.slice(1).some((term) => term.type === 'set' || isEmptySet(term));
}

function isCountedNone({ terms }: Expression): boolean {
  if (!isCall(terms) || !isEquality(terms[0])) return false;
  const operands = terms.slice(1);
  return operands.some(({ type, value }) => type === 'number' && value === 0) && operands.some(isCount);
}

function isEquality(operator: Term | undefined): boolean {
  return operator !== undefined && ['equal', 'eq'].includes(dottedName(operator));
}

function isCount({ type, value }: Term): boolean {
  const [operator] = type === 'call' ? (value as Term[]) : [];
  return operator !== undefined && dottedName(operator) === 'count';
}

function isEmptySet(term: Term): boolean {
  const [operator] = term.type === 'call' ? elementsOf(term) : [];
  return operator !== undefined && dottedName(operator) === 'set';
}

/** Every expression of a rule, those inside comprehensions and `every` included, each without those inside it. */
function expressionsIn(rule: Rule): Expression[] {
  const found: Expression[] = [];
  const visit = (part: unknown, isNegated: boolean): void => {
    if (Array.isArray(part)) for (const element of part) visit(element, isNegated);
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return;
    if ('terms' in part) {
      const expression = part as Expression;
      const after = negatedBody(expression);
      if (after !== undefined) {
        visit(after, !isNegated);
        return;
      }
      found.push(isNegated ? { ...expression, negated: !expression.negated } : expression);
    }
    for (const [key, child] of Object.entries(part))
      if (key !== 'location' && key !== 'annotations') visit(child, isNegated);
  };
  visit([rule.body, rule.else], false);
  return found;
}

/** Elements of a path are names of documents; that of a rule is one where a rule set stands before it: `deny["id"]`. */
function idsInReference(elements: readonly Term[]): string[] {
  return elements.flatMap((element, index) => {
    if (stringOf(element) === undefined) return stringsIn(element);
    return RuleKind.safeParse(elements[index - 1]?.value).success ? stringsIn(element) : [];
  });
}

/** Texts that a term names, its conditions in braces left out. */
function stringsIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(stringsIn);
  if (typeof node !== 'object' || node === null) return [];
  const text = stringOf(node as Term);
  if (text !== undefined) return [text];
  if ((node as Term).type === 'ref') return idsInReference(elementsOf(node as Term));
  return Object.entries(node).flatMap(([key, child]) =>
    key === 'location' || key === 'body' ? [] : stringsIn(child),
  );
}
