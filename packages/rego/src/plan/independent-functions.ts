import type { Plan, PlannedFunction, Statement } from './plan.ts';
import { everyStatement, mentionsOf } from './walk.ts';

/** The local that is the input, in every function. */
const INPUT = 0;

/**
 * The numbers of the functions whose results depend on nothing but the data document and their own operands: neither
 * they nor what they call look at the input, replace a document, or find a function by a computed name.
 * @param foreignBuiltins built-ins that may depend on something else.
 */
export function independentFunctions(plan: Plan, foreignBuiltins: ReadonlySet<string>): ReadonlySet<number> {
  const numbers = new Map(plan.functions.map(({ name }, index) => [name, index]));
  const callers = new Map<string, number[]>();
  const dependent = new Set<number>();
  for (const [index, planned] of plan.functions.entries()) {
    for (const name of calledBy(planned)) {
      if (numbers.has(name)) callers.set(name, [...(callers.get(name) ?? []), index]);
    }
    if (looksElsewhere(planned, numbers, foreignBuiltins)) dependent.add(index);
  }
  for (const index of dependent) {
    // Grows while it is gone through.
    for (const caller of callers.get(plan.functions[index]?.name ?? '') ?? []) dependent.add(caller);
  }
  return new Set(plan.functions.map((_planned, index) => index).filter((index) => !dependent.has(index)));
}

function calledBy({ blocks }: PlannedFunction): ReadonlySet<string> {
  const names = new Set<string>();
  for (const statement of everyStatement(blocks)) if (statement.kind === 'call') names.add(statement.name);
  return names;
}

function looksElsewhere(
  { blocks, parameters }: PlannedFunction,
  functions: ReadonlyMap<string, number>,
  foreignBuiltins: ReadonlySet<string>,
): boolean {
  if (parameters[0] !== INPUT) return true;
  for (const statement of everyStatement(blocks)) {
    if (statement.kind === 'with' || statement.kind === 'call_dynamic') return true;
    if (statement.kind === 'call' && foreignBuiltins.has(statement.name)) return true;
    if (mentionsInput(statement, functions)) return true;
  }
  return false;
}

/** Whether a statement does more with the input than to hand it to a function as such. */
function mentionsInput(statement: Statement, functions: ReadonlyMap<string, number>): boolean {
  const { reads, writes, grows } = mentionsOf(statement);
  const count = [...reads, ...writes].filter((local) => local === INPUT).length + (grows === INPUT ? 1 : 0);
  if (count === 0) return false;
  if (statement.kind !== 'call' || !functions.has(statement.name)) return true;
  const [first] = statement.operands;
  const isHandedOn = first?.kind === 'local' && first.local === INPUT;
  return count > (isHandedOn ? 1 : 0);
}
