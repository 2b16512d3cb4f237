/** Syntax without its places, so that what means the same is the same text. */
import { assignmentIn, declaredBy, isSome, patternVariables } from '../analysis/references.ts';
import { type BundleModule, type Expression, elementsOf, type Rule } from '../analysis/syntax.ts';

/** A piece of syntax as text, whatever rows it stands on. Comments and formatting leave no trace in it. */
export function canonical(node: unknown): string {
  return JSON.stringify(node, (key, value: unknown) => (UNSAID.has(key) ? undefined : value)) ?? '';
}

/** Of an expression, its position among the others; of a head, OPA’s second name for its first element. */
const UNSAID: ReadonlySet<string> = new Set(['location', 'annotations', 'index', 'name']);

/** Names that an expression gives a value to. */
export function declaredIn({ terms }: Expression): string[] {
  if (isSome(terms))
    return terms.symbols.flatMap((symbol) =>
      declaredBy(symbol).flatMap((pattern) => [...patternVariables(pattern)]),
    );
  const assignment = assignmentIn(terms);
  return assignment === undefined ? [] : [...patternVariables(assignment.target)];
}

/** Every name in a piece of syntax. */
export function namesIn(node: unknown): Set<string> {
  const found = new Set<string>();
  const visit = (part: unknown): void => {
    if (Array.isArray(part)) for (const element of part) visit(element);
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return;
    const { type, value } = part as { type?: unknown; value?: unknown };
    if (type === 'var' && typeof value === 'string') found.add(value);
    for (const [key, child] of Object.entries(part)) if (key !== 'location') visit(child);
  };
  visit(node);
  return found;
}

/** What the imported names stand for that a rule’s text has, as `data.policy.compliance.tight`, by name. */
export function importsIn(rule: Rule, { syntax }: BundleModule): ReadonlyMap<string, string> {
  const names = namesIn(rule);
  const found = new Map<string, string>();
  for (const { path, alias } of syntax.imports ?? []) {
    const elements = (path.type === 'ref' ? elementsOf(path) : [path]).map(({ value }) => String(value));
    const name = alias ?? elements.at(-1) ?? '';
    if (names.has(name)) found.set(name, elements.join('.'));
  }
  return found;
}

/** A rule as text, and what the imported names in it stand for: what means the same is the same. */
export function canonicalRule(rule: Rule, module: BundleModule): string {
  return `${canonical(rule)}${JSON.stringify([...importsIn(rule, module)].sort())}`;
}
