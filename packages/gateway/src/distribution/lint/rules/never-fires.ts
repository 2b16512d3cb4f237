import { schemasAt } from '../../analysis/input-paths.ts';
import { isSome } from '../../analysis/references.ts';
import { type Expression, elementsOf, type Path, type Term } from '../../analysis/syntax.ts';
import type { LintFinding } from '../finding.ts';
import { dotted, type LintSubject } from '../subject.ts';
import { absenceIn } from '../terms/absences.ts';
import { type Body, bodiesOf } from '../terms/bodies.ts';
import { callOf } from '../terms/calls.ts';
import { constantOf, constantsOf, type Fact, factOf, type Relation, type Scalar } from '../terms/facts.ts';

/** Bodies whose conditions can never hold together, whatever the input is. */
export function neverFindings({ bundles, index }: LintSubject): LintFinding[] {
  const linted = new Set(bundles.flatMap(({ modules }) => modules));
  return index.rules
    .filter(({ module }) => linted.has(module))
    .flatMap(({ module, rule }) =>
      [...bodiesOf(rule, index.namesIn(module))].flatMap((body) => {
        const impossible = body.isNegated ? undefined : impossibleIn(body);
        if (impossible === undefined) return [];
        const what = body.rule === undefined ? 'This condition never holds' : 'The rule never fires';
        return {
          file: module.source.file,
          row: impossible.row,
          code: 'rule_never_fires',
          severity: 'error' as const,
          detail: `${what}: ${impossible.why}`,
          mend: impossible.mend ?? 'Correct the condition, split the rule into two bodies, or remove it.',
        };
      }),
    );
}

interface Impossible {
  readonly row: number;
  readonly why: string;
  /** Absent where there are several ways to mend it. */
  readonly mend?: string;
}

function impossibleIn({ expressions, scope }: Body): Impossible | undefined {
  for (const expression of expressions) {
    const row = expression.location?.row ?? 1;
    const why = constantlyFalse(expression);
    if (why !== undefined) return { row, why };
    const absence = absenceIn(expression, scope);
    if (absence !== undefined) return { row, ...absence };
  }
  const facts = expressions
    .map((expression) => factOf(expression, scope))
    .filter((fact) => fact !== undefined && fact.relation !== 'contains' && !fact.hasFallback)
    .filter((fact) => fact !== undefined);
  for (const about of Map.groupBy(facts, ({ path }) => dotted(path)).values()) {
    const found = contradiction(about);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Why an expression of constants alone is false; undefined where it is not, or is about something. */
function constantlyFalse(expression: Expression): string | undefined {
  if (expression.with !== undefined) return undefined;
  const { terms, negated = false } = expression;
  if (isSome(terms)) {
    const over = terms.symbols[0]?.type === 'call' ? elementsOf(terms.symbols[0]).at(-1) : undefined;
    return over !== undefined && isEmpty(over) ? 'the collection is empty.' : undefined;
  }
  const call = callOf(expression);
  if (call === undefined) {
    const constant = 'type' in terms ? constantOf(terms) : undefined;
    if (constant === undefined) return undefined;
    return (constant.value !== false) === negated ? 'it is always false.' : undefined;
  }
  const [left, right] = call.operands;
  if (left === undefined || right === undefined) return undefined;
  if (call.name === 'internal.member_2') return notMember(left, right, negated);
  const [a, b] = [constantOf(left), constantOf(right)];
  const compares = Object.hasOwn(COMPARES, call.name) ? COMPARES[call.name] : undefined;
  if (a === undefined || b === undefined || compares === undefined) return undefined;
  const holds = typeof a.value === typeof b.value ? compares(a.value, b.value) : undefined;
  return holds === negated ? 'it compares constants, and is always false.' : undefined;
}

function notMember(element: Term, collection: Term, negated: boolean): string | undefined {
  if (isEmpty(collection)) return negated ? undefined : 'nothing is in an empty collection.';
  const [constant, constants] = [constantOf(element), constantsOf(collection)];
  if (constant === undefined || constants === undefined) return undefined;
  const holds = constants.some(({ value }) => value === constant.value);
  return holds === negated ? 'it compares constants, and is always false.' : undefined;
}

/** `[]`, `{}`, and `set()`, which OPA parses as a set of nothing. */
function isEmpty(term: Term): boolean {
  return ['array', 'set', 'object'].includes(term.type) && elementsOf(term).length === 0;
}

const COMPARES: Readonly<Record<string, (a: Scalar, b: Scalar) => boolean>> = {
  equal: (a, b) => a === b,
  eq: (a, b) => a === b,
  neq: (a, b) => a !== b,
  lt: (a, b) => Number(a) < Number(b),
  lte: (a, b) => Number(a) <= Number(b),
  gt: (a, b) => Number(a) > Number(b),
  gte: (a, b) => Number(a) >= Number(b),
};

/** The first condition that leaves no value for the document, and what it contradicts. */
function contradiction(facts: readonly Fact[]): Impossible | undefined {
  for (const [position, fact] of facts.entries()) {
    if (leavesAValue(facts.slice(0, position + 1))) continue;
    const { path, row } = fact;
    const before = facts.slice(0, position).map(wordsOf);
    const others = before.length === 0 ? 'the schema of the input' : before.join(' and ');
    return { row, why: `\`${dotted(path)}\` ${wordsOf(fact)} contradicts ${others}.` };
  }
  return undefined;
}

function leavesAValue(facts: readonly Fact[]): boolean {
  const bounds = [...facts.flatMap(boundsOf), ...schemaBounds(facts[0]?.path ?? [])];
  const lower = bounds.filter(({ relation }) => relation === 'more' || relation === 'at_least');
  const upper = bounds.filter(({ relation }) => relation === 'less' || relation === 'at_most');
  const ordered = lower.every((low) => upper.every((high) => leavesRoom(low, high)));
  if (!ordered) return false;
  const wanted = facts.filter(({ relation }) => relation === 'equal' || relation === 'member');
  const [first] = wanted;
  const isTrue = facts.some(({ relation }) => relation === 'true');
  const isNotTrue = facts.some(({ relation }) => relation === 'not_true');
  if (isTrue && isNotTrue) return false;
  if (first === undefined) return true;
  return first.constants.some(({ value }) => {
    if (isTrue && value === false) return false;
    if (isNotTrue && value !== false) return false;
    return facts.every((fact) => allows(fact, value)) && bounds.every((bound) => isWithinBound(value, bound));
  });
}

function allows({ relation, constants }: Fact, value: Scalar): boolean {
  const names = constants.some((constant) => constant.value === value);
  if (relation === 'equal' || relation === 'member') return names;
  return relation === 'unequal' || relation === 'not_member' ? !names : true;
}

interface Bound {
  readonly relation: Relation;
  readonly value: number;
}

function boundsOf({ relation, constants }: Fact): Bound[] {
  const value = constants[0]?.value;
  const isBound = ['less', 'at_most', 'more', 'at_least'].includes(relation);
  return isBound && typeof value === 'number' ? [{ relation, value }] : [];
}

function schemaBounds(path: Path): Bound[] {
  const [schema, ...others] = path[0] === 'input' ? schemasAt(path) : [];
  if (schema === undefined || others.length > 0) return [];
  const { minimum, maximum } = schema;
  return [
    ...(minimum === undefined ? [] : [{ relation: 'at_least' as const, value: minimum }]),
    ...(maximum === undefined ? [] : [{ relation: 'at_most' as const, value: maximum }]),
  ];
}

function leavesRoom(low: Bound, high: Bound): boolean {
  const isOpen = low.relation === 'more' || high.relation === 'less';
  return isOpen ? low.value < high.value : low.value <= high.value;
}

/** Values of other types have an order of their own, which bounds of numbers say little about. */
function isWithinBound(value: Scalar, { relation, value: bound }: Bound): boolean {
  if (typeof value !== 'number') return true;
  switch (relation) {
    case 'less':
      return value < bound;
    case 'at_most':
      return value <= bound;
    case 'more':
      return value > bound;
    default:
      return value >= bound;
  }
}

const WORDS: Readonly<Record<Relation, string>> = {
  equal: '==',
  unequal: '!=',
  member: 'in',
  not_member: 'not in',
  contains: 'contains',
  less: '<',
  at_most: '<=',
  more: '>',
  at_least: '>=',
  true: 'being true',
  not_true: 'not being true',
};

function wordsOf({ relation, constants, row }: Fact): string {
  const values = constants.map(({ value }) => JSON.stringify(value)).join(', ');
  const many = relation === 'member' || relation === 'not_member';
  return `\`${WORDS[relation]}${values === '' ? '' : many ? ` {${values}}` : ` ${values}`}\` (row ${row})`;
}
