/** Calls in the text of a body, and terms as text. */
import { isCall } from '../../analysis/references.ts';
import { dottedName, type Expression, elementsOf, type Place, type Term } from '../../analysis/syntax.ts';

/** A call of a built-in or a function. */
export interface Call {
  readonly name: string;
  readonly operator: Term;
  readonly operands: readonly Term[];
  readonly row: number;
}

/** The call that an expression is; undefined where it is something else. */
export function callOf({ terms, location }: Expression): Call | undefined {
  return isCall(terms) ? madeOf(terms, location) : undefined;
}

/** All calls in an expression, but those inside the bodies of comprehensions and of `every`. */
export function callsIn(expression: Expression): Call[] {
  const calls: Call[] = [];
  const { terms, location } = expression;
  const own = callOf(expression);
  if (own !== undefined) calls.push(own);
  collect(own === undefined ? terms : own.operands, calls, location);
  return calls;
}

function collect(node: unknown, calls: Call[], location: Place | undefined): void {
  if (Array.isArray(node)) {
    for (const element of node) collect(element, calls, location);
    return;
  }
  if (typeof node !== 'object' || node === null) return;
  const term = node as Term;
  const call = term.type === 'call' ? madeOf(elementsOf(term), term.location ?? location) : undefined;
  if (call !== undefined) calls.push(call);
  if ('body' in node && !('domain' in node)) return;
  for (const [key, child] of Object.entries(node))
    if (key !== 'location' && key !== 'body') collect(child, calls, term.location ?? location);
}

function madeOf([operator, ...operands]: readonly Term[], location: Place | undefined): Call | undefined {
  if (operator === undefined) return undefined;
  return { name: dottedName(operator), operator, operands, row: location?.row ?? 1 };
}
