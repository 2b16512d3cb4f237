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
  const callers = callersOf(plan, numbers);
  const having = (has: (planned: PlannedFunction) => boolean): ReadonlySet<number> => {
    const found = new Set(plan.functions.flatMap((planned, index) => (has(planned) ? [index] : [])));
    // Grows while it is gone through.
    for (const index of found) for (const caller of callers.get(index) ?? []) found.add(caller);
    return found;
  };
  const dependent = having((planned) => looksElsewhere(planned, numbers, foreignBuiltins));
  return {
    independent: new Set([...numbers.values()].filter((index) => !dependent.has(index))),
    ofData: having(({ blocks }) => {
      return [...everyStatement(blocks)].some((statement) => mentions(statement, DATA, numbers));
    }),
  };
}

/** The numbers of the functions that call each one. */
function callersOf(plan: Plan, numbers: ReadonlyMap<string, number>): ReadonlyMap<number, readonly number[]> {
  const callers = new Map<number, number[]>();
  for (const [index, { blocks }] of plan.functions.entries()) {
    for (const statement of everyStatement(blocks)) {
      const called = statement.kind === 'call' ? numbers.get(statement.name) : undefined;
      if (called !== undefined) callers.set(called, [...(callers.get(called) ?? []), index]);
    }
  }
  return callers;
}

function looksElsewhere(
  { blocks, parameters }: PlannedFunction,
  functions: ReadonlyMap<string, number>,
  foreignBuiltins: ReadonlySet<string>,
): boolean {
  if (parameters[INPUT] !== INPUT || parameters[DATA] !== DATA) return true;
  for (const statement of everyStatement(blocks)) {
    if (statement.kind === 'with' || statement.kind === 'call_dynamic') return true;
    if (statement.kind === 'call' && foreignBuiltins.has(statement.name)) return true;
    if (mentions(statement, INPUT, functions)) return true;
  }
  return false;
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
