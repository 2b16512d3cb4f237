/** Whether a rule fires for more or fewer calls than it did, told from its bodies alone: conditions of a body all have to hold. */
import { isCall } from '../analysis/references.ts';
import { dottedName, type Expression, elementsOf, type Rule, type Term } from '../analysis/syntax.ts';
import { canonical, declaredIn, namesIn } from './canonical.ts';

/** `same` where nothing about it changed; `unclear` where it may fire for others in either way. */
export type Firing = 'same' | 'more' | 'fewer' | 'unclear';

/** How the bodies of one rule changed. Their helpers and the data that they read are somebody else’s question. */
export function firingOf(before: readonly Rule[], after: readonly Rule[]): Firing {
  const texts = (rules: readonly Rule[]) => rules.map(canonical).sort().join('\n');
  if (texts(before) === texts(after)) return 'same';
  const heads = new Set([...before, ...after].map(({ head }) => canonical(head)));
  if (heads.size > 1 || [...before, ...after].some(isNoPlainBody)) return 'unclear';
  const everyOldIsKept = before.every((old) => after.some((now) => covers(now, old)));
  const everyNewWasThere = after.every((now) => before.some((old) => covers(old, now)));
  if (everyOldIsKept && everyNewWasThere) return 'same';
  if (everyOldIsKept) return 'more';
  return everyNewWasThere ? 'fewer' : 'unclear';
}

function isNoPlainBody(rule: Rule): boolean {
  return rule.else !== undefined || rule.default === true;
}

/** Whether the wide body holds wherever the narrow one does: each of its conditions follows from one of the other. */
function covers({ body: wide }: Rule, { body: narrow }: Rule): boolean {
  const follows = wide.every((condition) => narrow.some((other) => implies(other, condition)));
  if (!follows) return false;
  // A name that only the narrow body gives a value to means something else in the wide one.
  const shared = namesIn(wide);
  const declared = new Set(wide.flatMap(declaredIn));
  return narrow.flatMap(declaredIn).every((name) => declared.has(name) || !shared.has(name));
}

/** Whether a condition holds only where the other does as well. */
function implies(one: Expression, other: Expression): boolean {
  if (canonical(one) === canonical(other)) return true;
  if ((one.negated ?? false) !== (other.negated ?? false)) return false;
  if (canonical(one.with ?? []) !== canonical(other.with ?? [])) return false;
  return one.negated ? impliesPlainly(other, one) : impliesPlainly(one, other);
}

function impliesPlainly({ terms: one }: Expression, { terms: other }: Expression): boolean {
  if (!isCall(one) || !isCall(other)) return false;
  const [operator, left, right] = one;
  const [otherOperator, otherLeft, otherRight] = other;
  if (operator === undefined || left === undefined || right === undefined) return false;
  if (otherOperator === undefined || otherLeft === undefined || otherRight === undefined) return false;
  const name = dottedName(operator);
  if (name !== dottedName(otherOperator) || canonical(left) !== canonical(otherLeft)) return false;
  if (name === 'internal.member_2') return isPartOf(right, otherRight);
  const [bound, otherBound] = [numberOf(right), numberOf(otherRight)];
  if (bound === undefined || otherBound === undefined) return false;
  if (name === 'gt' || name === 'gte') return bound >= otherBound;
  return (name === 'lt' || name === 'lte') && bound <= otherBound;
}

function numberOf({ type, value }: Term): number | undefined {
  return type === 'number' ? Number(value) : undefined;
}

const LISTS: readonly string[] = ['set', 'array'];
const SCALARS: readonly string[] = ['string', 'number', 'boolean', 'null'];

/** Whether one list of constants holds nothing that the other does not. */
function isPartOf(list: Term, other: Term): boolean {
  if (!LISTS.includes(list.type) || !LISTS.includes(other.type)) return false;
  const elements = [...elementsOf(list), ...elementsOf(other)];
  if (elements.some(({ type }) => !SCALARS.includes(type))) return false;
  const known = new Set(elementsOf(other).map(canonical));
  return elementsOf(list).every((element) => known.has(canonical(element)));
}
