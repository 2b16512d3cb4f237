/** What a condition says of one document by comparing it with constants. */
import { type Expression, elementsOf, type Path, type Term } from '../../analysis/syntax.ts';
import { negatedBody, type Scope } from './bodies.ts';
import { callOf } from './calls.ts';
import { type Place, placeOf } from './paths.ts';

/** A value that Rego compares as a whole. */
export type Scalar = string | number | boolean | null;

/** A constant, and the term that it stands in. */
export interface Constant {
  readonly value: Scalar;
  readonly term: Term;
}

export type Relation =
  | 'equal'
  | 'unequal'
  | 'member'
  | 'not_member'
  | 'contains'
  | 'less'
  | 'at_most'
  | 'more'
  | 'at_least'
  | 'true'
  | 'not_true';

/** One condition: a document, how it is compared, and with what. */
export interface Fact {
  readonly path: Path;
  /** Whether a default may stand for the document. */
  readonly hasFallback: boolean;
  readonly relation: Relation;
  readonly constants: readonly Constant[];
  readonly row: number;
}

const RELATIONS: Readonly<Record<string, Relation>> = {
  equal: 'equal',
  eq: 'equal',
  neq: 'unequal',
  lt: 'less',
  lte: 'at_most',
  gt: 'more',
  gte: 'at_least',
};

/** Read from the other side: `5 < x` is `x > 5`. */
const MIRRORED: Readonly<Partial<Record<Relation, Relation>>> = {
  less: 'more',
  at_most: 'at_least',
  more: 'less',
  at_least: 'at_most',
};

/** After `not`. */
const NEGATED: Readonly<Partial<Record<Relation, Relation>>> = {
  equal: 'unequal',
  unequal: 'equal',
  member: 'not_member',
  less: 'at_least',
  at_most: 'more',
  more: 'at_most',
  at_least: 'less',
  true: 'not_true',
};

/** What an expression says of a document; undefined where it says something else, or of another world (`with`). */
export function factOf(expression: Expression, scope: Scope): Fact | undefined {
  if (expression.with !== undefined) return undefined;
  const [only, ...others] = negatedBody(expression) ?? [];
  if (only !== undefined) return others.length > 0 ? undefined : factOf({ ...only, negated: true }, scope);
  const said = saidBy(expression, scope);
  if (said === undefined || expression.negated !== true) return said;
  const relation = NEGATED[said.relation];
  return relation && { ...said, relation };
}

/** The scalar that a term is; undefined for anything else. */
export function constantOf(term: Term): Constant | undefined {
  const { type, value } = term;
  const isScalar = type === 'string' || type === 'number' || type === 'boolean' || type === 'null';
  // OPA writes null as an empty object.
  return isScalar ? { value: type === 'null' ? null : (value as Scalar), term } : undefined;
}

/** Elements of an array or a set that holds nothing but scalars; undefined for anything else. */
export function constantsOf(term: Term): readonly Constant[] | undefined {
  if (term.type !== 'array' && term.type !== 'set') return undefined;
  const constants = elementsOf(term).map(constantOf);
  return constants.includes(undefined) ? undefined : constants.filter((one) => one !== undefined);
}

function saidBy(expression: Expression, scope: Scope): Fact | undefined {
  const row = expression.location?.row ?? 1;
  const call = callOf(expression);
  if (call === undefined) {
    const { terms } = expression;
    const place = 'type' in terms ? placeOf(terms, scope) : undefined;
    return place && { ...about(place), relation: 'true', constants: [], row };
  }
  const [left, right] = call.operands;
  if (left === undefined || right === undefined) return undefined;
  if (call.name === 'internal.member_2') return membership([left, right], scope, row);
  const relation = Object.hasOwn(RELATIONS, call.name) ? RELATIONS[call.name] : undefined;
  if (relation === undefined) return undefined;
  const [constant, other, turned] = constantOf(right)
    ? [constantOf(right), left, relation]
    : [constantOf(left), right, MIRRORED[relation] ?? relation];
  const place = constant && placeOf(other, scope);
  return place && { ...about(place), relation: turned, constants: [constant], row };
}

function membership(
  [element, collection]: readonly [Term, Term],
  scope: Scope,
  row: number,
): Fact | undefined {
  const constants = constantsOf(collection);
  const place = constants && placeOf(element, scope);
  if (constants !== undefined && place !== undefined)
    return { ...about(place), relation: 'member', constants, row };
  const constant = constantOf(element);
  const whole = constant && placeOf(collection, scope);
  return whole && { ...about(whole), relation: 'contains', constants: [constant], row };
}

function about({ path, fallback }: Place): Pick<Fact, 'path' | 'hasFallback'> {
  return { path, hasFallback: fallback !== undefined };
}
