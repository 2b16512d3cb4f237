import {
  type BundleModule,
  type Expression,
  elementsOf,
  type Path,
  type Place,
  type Rule,
  stringOf,
  type Term,
  variableOf,
} from './analysis/syntax.ts';
import type { Finding } from './finding.ts';

/**
 * Rego that OPA's planner turns into something else than OPA's evaluator makes of it, so that two engines would answer
 * differently. None of it is needed: each can be said in another way, or is without use.
 */
export function plannerFindings(modules: readonly BundleModule[]): Finding[] {
  const parts = plannerFindingsInParts(modules);
  let next = parts.next();
  while (next.done !== true) next = parts.next();
  return next.value;
}

/** The same, stopping after each module: many rules take longer than others may wait. */
export function* plannerFindingsInParts(modules: readonly BundleModule[]): Generator<void, Finding[]> {
  const documents = ruleDocuments(modules);
  const findings: Finding[] = [];
  yield;
  for (const module of modules) {
    for (const rule of module.syntax.rules ?? []) findings.push(...shapesIn(rule, module, documents));
    yield;
  }
  return findings;
}

/** What of a rule depends on nothing but its syntax. */
interface Suspects {
  readonly bare: readonly (Place | undefined)[];
  readonly negated: readonly Term[];
}

/** Found once for each rule, as long as somebody keeps its syntax. */
const suspects = new WeakMap<Rule, Suspects>();

function suspectsIn(rule: Rule): Suspects {
  const known = suspects.get(rule);
  if (known !== undefined) return known;
  const found = { bare: bareComprehensions(rule), negated: negatedReferences(rule) };
  suspects.set(rule, found);
  return found;
}

function shapesIn(rule: Rule, module: BundleModule, documents: RuleDocuments): Finding[] {
  const { file } = module.source;
  const { bare, negated } = suspectsIn(rule);
  return [
    ...defaultFindings(file, rule),
    ...bare.map((place) => ({
      file,
      row: place?.row ?? rule.location.row,
      code: 'comprehension_without_use',
      detail: 'A comprehension stands as a condition, which it always fulfils.',
      mend: 'Assign it to a variable and say what must hold of it, or remove it.',
    })),
    ...negated
      .filter((reference) => reachesAmongRules(elementsOf(reference), module, documents))
      .map(({ location }) => ({
        file,
        row: location?.row ?? rule.location.row,
        code: 'negated_dynamic_reference',
        detail:
          'A reference after `not` goes by a key that is no constant into documents that rules make, where engines differ.',
        mend: 'Say it without `not` in a rule of its own and negate that rule, or read it with `object.get`.',
      })),
  ];
}

function defaultFindings(file: string, rule: Rule): Finding[] {
  if (rule.default !== true || rule.head.args === undefined) return [];
  return [
    {
      file,
      row: rule.location.row,
      code: 'function_default',
      detail: 'A function has a default, which engines see differently where its package is read as a whole.',
      mend: 'Give the function an `else` in place of the default.',
    },
  ];
}

const COMPREHENSIONS = new Set(['arraycomprehension', 'setcomprehension', 'objectcomprehension']);

/** Where a comprehension is a whole expression, anywhere within a node of the syntax tree. */
function bareComprehensions(node: unknown): (Place | undefined)[] {
  if (typeof node !== 'object' || node === null) return [];
  if (Array.isArray(node)) return node.flatMap(bareComprehensions);
  const within = Object.values(node).flatMap(bareComprehensions);
  const { terms, location } = node as Partial<Expression>;
  const isBare = typeof terms === 'object' && 'type' in terms && COMPREHENSIONS.has(terms.type);
  return isBare ? [location, ...within] : within;
}

/** References within conditions after `not`; what stands in comprehensions there has conditions of its own. */
function negatedReferences(node: unknown): Term[] {
  if (typeof node !== 'object' || node === null) return [];
  if (Array.isArray(node)) return node.flatMap(negatedReferences);
  const { negated, terms } = node as Partial<Expression>;
  // With `import future.keywords.not` a negation is a form of its own, planned with less, but not without, difference.
  const { type, body } = node as { readonly type?: unknown; readonly body?: unknown };
  const condition = negated === true ? terms : type === 'not' ? body : undefined;
  return [...referencesIn(condition), ...Object.values(node).flatMap(negatedReferences)];
}

function referencesIn(node: unknown): Term[] {
  if (typeof node !== 'object' || node === null) return [];
  if (Array.isArray(node)) return node.flatMap(referencesIn);
  const term = node as Term;
  if (COMPREHENSIONS.has(term.type)) return [];
  const within = Object.values(node).flatMap(referencesIn);
  return term.type === 'ref' ? [term, ...within] : within;
}

/** Paths of documents as texts: those that rules make, and those above them. */
interface RuleDocuments {
  readonly made: ReadonlySet<string>;
  readonly above: ReadonlySet<string>;
}

function ruleDocuments(modules: readonly BundleModule[]): RuleDocuments {
  const made = new Set<string>();
  const above = new Set<string>();
  for (const module of modules) {
    for (const { head } of module.syntax.rules ?? []) {
      const [name, ...rest] = head.ref;
      const path = [...module.package, String(name?.value), ...leadingStrings(rest)];
      made.add(JSON.stringify(path));
      for (const length of path.keys()) above.add(JSON.stringify(path.slice(0, length)));
    }
  }
  return { made, above };
}

/** Whether the first part of a reference that is no constant tells documents apart that different rules make. */
function reachesAmongRules(
  [head, ...parts]: readonly Term[],
  module: BundleModule,
  { made, above }: RuleDocuments,
): boolean {
  const leading = leadingStrings(parts);
  const next = parts[leading.length];
  const start = startOf(head, module);
  if (next === undefined || CONSTANTS.has(next.type) || start === undefined) return false;
  const path = [...start, ...leading];
  if (!above.has(JSON.stringify(path))) return false;
  // Below a document that one rule makes, a plan looks into the document.
  return path.every((_, index) => !made.has(JSON.stringify(path.slice(0, index + 1))));
}

/** Parts that a plan takes for keys which no rule has. */
const CONSTANTS = new Set(['number', 'boolean', 'null']);

function leadingStrings(terms: readonly Term[]): string[] {
  const strings = terms.map(stringOf);
  const end = strings.indexOf(undefined);
  return strings.slice(0, end < 0 ? undefined : end).filter((text) => text !== undefined);
}

/** Where below `data` a reference begins: there itself, at an import, or in its own package. */
function startOf(head: Term | undefined, module: BundleModule): Path | undefined {
  const name = variableOf(head);
  if (name === undefined) return undefined;
  if (name === 'data') return [];
  for (const { path, alias } of module.syntax.imports ?? []) {
    const terms = path.type === 'ref' ? elementsOf(path) : [path];
    const [root, ...rest] = terms.map(({ value }) => String(value));
    if (root === 'data' && (alias ?? rest.at(-1)) === name) return rest;
  }
  return [...module.package, name];
}
