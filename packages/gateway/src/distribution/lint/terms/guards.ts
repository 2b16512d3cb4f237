/** What earlier conditions of a body say of a value whose type is the caller’s choice. */
import { type Expression, type Term, variableOf } from '../../analysis/syntax.ts';
import { FORM_GUARDS, type OperandType, TYPE_GUARDS } from '../rules/builtin-operands.ts';
import type { Scope } from './bodies.ts';
import { callOf } from './calls.ts';
import { constantsOf, factOf } from './facts.ts';
import { isArgument, originOf, pathOf } from './paths.ts';

/** What is known of a value: its types, and whether its text was looked at. */
export interface Known {
  readonly types: ReadonlySet<OperandType>;
  readonly hasForm: boolean;
}

/** A value that the caller chose: which one it is in the text, and which argument it comes from. */
export interface CallersValue {
  readonly name: string;
  readonly path: readonly string[];
  /** Whether it is an element of that argument. */
  readonly isElement: boolean;
}

/** The caller’s value that a term is; undefined where it is none, or a default may stand for it. */
export function callersValue(term: Term, scope: Scope): CallersValue | undefined {
  const own = pathOf(term, scope);
  if (own !== undefined)
    return isArgument(own) ? { name: own.join('.'), path: own, isElement: false } : undefined;
  const origin = term.type === 'call' ? undefined : originOf(term, scope);
  if (
    origin === undefined ||
    !origin.isElement ||
    origin.path.join('.').startsWith('input.action.args') === false
  )
    return undefined;
  const name =
    variableOf(term) ?? JSON.stringify(term.value, (key, value) => (key === 'location' ? undefined : value));
  return { name, path: origin.path, isElement: true };
}

/** What the conditions say, by the name of the value; conditions that stand after a `not` say nothing. */
export function knownBy(expressions: readonly Expression[], scope: Scope): ReadonlyMap<string, Known> {
  const known = new Map<string, { types: Set<OperandType>; hasForm: boolean }>();
  const of = (term: Term | undefined) => {
    const value = term && callersValue(term, scope);
    if (value === undefined) return undefined;
    const entry = known.get(value.name) ?? { types: new Set<OperandType>(), hasForm: false };
    known.set(value.name, entry);
    return entry;
  };
  for (const expression of expressions) {
    if (expression.negated) continue;
    const call = callOf(expression);
    if (call === undefined) continue;
    const type = TYPE_GUARDS.get(call.name);
    if (type !== undefined) of(call.operands[0])?.types.add(type);
    const form = FORM_GUARDS.get(call.name);
    if (form !== undefined) markForm(of(call.operands[form]));
    if (call.name === 'internal.member_2' && constantsOf(call.operands[1] ?? EMPTY) !== undefined)
      markForm(of(call.operands[0]));
    const fact = factOf(expression, scope);
    if (fact?.relation === 'equal')
      for (const operand of call.operands) markForm(of(operand), typeOf(fact.constants[0]?.value));
  }
  return known;
}

const EMPTY: Term = { type: 'null', value: null };

function markForm(
  entry: { types: Set<OperandType>; hasForm: boolean } | undefined,
  type: OperandType | undefined = 'string',
): void {
  if (entry === undefined || type === undefined) return;
  entry.hasForm = true;
  entry.types.add(type);
}

function typeOf(value: unknown): OperandType | undefined {
  return typeof value === 'string' || typeof value === 'number' ? (typeof value as OperandType) : undefined;
}
