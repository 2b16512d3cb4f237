import type { Plan, PlannedFunction, Statement } from './plan.ts';
import { everyStatement, mentionsOf } from './walk.ts';

/** The locals that are the documents, in every function, and their positions among a call's operands. */
const INPUT = 0;
const DATA = 1;

/** Functions by what their results depend on. */
export interface Dependence {
  /**
   * The numbers of those that depend on nothing but the data document and their own operands: neither they nor what they
   * call look at the input, replace a document, or find a function by a computed name.
   */
  readonly independent: ReadonlySet<number>;
  /** The numbers of those that look at the data document, or call what does. */
  readonly ofData: ReadonlySet<number>;
}

/**
 * What the results of a plan's functions depend on.
 * @param foreignBuiltins built-ins that may depend on something else.
 */
export function dependenceOf(plan: Plan, foreignBuiltins: ReadonlySet<string>): Dependence {
  const numbers = new Map(plan.functions.map(({ name }, index) => [name, index]));
  const callers = new Map<number, number[]>();
  const dependent = new Set<number>();
  const ofData = new Set<number>();
  for (const [index, planned] of plan.functions.entries()) {
    const looks = looksOf(planned, numbers, foreignBuiltins);
    for (const called of looks.called) callers.set(called, [...(callers.get(called) ?? []), index]);
    if (looks.elsewhere) dependent.add(index);
    if (looks.atData) ofData.add(index);
  }
  for (const found of [dependent, ofData]) {
    // Grows while it is gone through.
    for (const index of found) for (const caller of callers.get(index) ?? []) found.add(caller);
  }
  return { independent: new Set([...numbers.values()].filter((index) => !dependent.has(index))), ofData };
}

/** What a function itself looks at, and the numbers of the functions it calls. */
interface Looks {
  readonly called: ReadonlySet<number>;
  /** At something that is neither the data document nor an operand. */
  readonly elsewhere: boolean;
  readonly atData: boolean;
}

function looksOf(
  { blocks, parameters }: PlannedFunction,
  functions: ReadonlyMap<string, number>,
  foreignBuiltins: ReadonlySet<string>,
): Looks {
  const called = new Set<number>();
  let elsewhere = parameters[INPUT] !== INPUT || parameters[DATA] !== DATA;
  let atData = false;
  for (const statement of everyStatement(blocks)) {
    const number = statement.kind === 'call' ? functions.get(statement.name) : undefined;
    if (number !== undefined) called.add(number);
    elsewhere ||=
      statement.kind === 'with' ||
      statement.kind === 'call_dynamic' ||
      (statement.kind === 'call' && foreignBuiltins.has(statement.name)) ||
      mentions(statement, INPUT, functions);
    atData ||= mentions(statement, DATA, functions);
  }
  return { called, elsewhere, atData };
}

/** Whether a statement does more with a document than to hand it to a function as such. */
function mentions(
  statement: Statement,
  document: typeof INPUT | typeof DATA,
  functions: ReadonlyMap<string, number>,
): boolean {
  const { reads, writes, grows } = mentionsOf(statement);
  const count =
    [...reads, ...writes].filter((local) => local === document).length + (grows === document ? 1 : 0);
  if (count === 0) return false;
  if (statement.kind !== 'call' || !functions.has(statement.name)) return true;
  const operand = statement.operands[document];
  const isHandedOn = operand?.kind === 'local' && operand.local === document;
  return count > (isHandedOn ? 1 : 0);
}
