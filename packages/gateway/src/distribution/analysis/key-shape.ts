/** Which expressions of a rule have a say in what its head’s key holds, rather than only in whether the rule fires. */
import { assignmentIn, isCall, type Names, patternVariables, scopeOf } from './references.ts';
import { type Expression, elementsOf, type Rule, type Term, variableOf } from './syntax.ts';

/**
 * The expressions that shape the key. A variable assigned with `:=` has the one value of what it was assigned, so that
 * later conditions on it select nothing. One that takes many values (`some`, `_`) is shaped by all that is said of it.
 */
export function expressionsShapingKey(rule: Rule, names: Names): readonly Expression[] {
  const scope = scopeOf(rule, names);
  const isLocal = (name: string) =>
    scope.has(name) ? scope.get(name) === null : names.pathsOf(name).length === 0 && !GLOBAL.has(name);
  const definitions = new Map<string, Expression>();
  for (const expression of rule.body) {
    const assignment = assignmentIn(expression.terms);
    if (assignment === undefined) continue;
    for (const name of patternVariables(assignment.target)) definitions.set(name, expression);
  }
  const localsIn = (node: unknown) => [...variablesIn(node)].filter(isLocal);

  /** All that a node’s variables were made of, definitions followed. */
  const sourcesOf = (node: unknown): { variables: Set<string>; expressions: Set<Expression> } => {
    const variables = new Set<string>();
    const expressions = new Set<Expression>();
    const pending = localsIn(node);
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      if (variables.has(name)) continue;
      variables.add(name);
      const definition = definitions.get(name);
      if (definition === undefined || expressions.has(definition)) continue;
      expressions.add(definition);
      pending.push(...localsIn(definition));
    }
    return { variables, expressions };
  };

  const { variables, expressions: shaping } = sourcesOf(rule.head.key);
  const manyValued = (found: Set<string>) => [...found].filter((name) => !definitions.has(name));
  const selecting = new Set(manyValued(variables));
  for (let grown = true; grown; ) {
    grown = false;
    for (const expression of rule.body) {
      const sources = sourcesOf(expression);
      const open = manyValued(sources.variables);
      if (!open.some((name) => selecting.has(name))) continue;
      const before = shaping.size + selecting.size;
      for (const used of [expression, ...sources.expressions]) shaping.add(used);
      for (const name of open) selecting.add(name);
      grown ||= shaping.size + selecting.size > before;
    }
  }
  return rule.body.filter((expression) => shaping.has(expression));
}

/** Names that every expression may use and that carry nothing from one to another. */
const GLOBAL = new Set(['input', 'data']);

/** Names of variables in a node, however deep, operators of calls left out. */
function variablesIn(node: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(node)) {
    for (const element of node) variablesIn(element, found);
    return found;
  }
  if (typeof node !== 'object' || node === null) return found;
  const name = variableOf(node as Term);
  if (name !== undefined) found.add(name);
  const { terms } = node as Partial<Expression>;
  if (terms !== undefined && isCall(terms)) variablesIn(terms.slice(1), found);
  else if ((node as Term).type === 'call') variablesIn(elementsOf(node as Term).slice(1), found);
  for (const [key, child] of Object.entries(node)) {
    const isVisited =
      (key === 'terms' && isCall(child)) || (key === 'value' && (node as Term).type === 'call');
    if (key !== 'location' && !isVisited) variablesIn(child, found);
  }
  return found;
}
