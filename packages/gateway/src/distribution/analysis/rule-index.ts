/** Every rule of a release by the document it defines, so that what a rule reads can be followed through all of them. */
import { isAlwaysPresent } from './input-paths.ts';
import { type Names, type Reference, referencesOf } from './references.ts';
import {
  type BundleModule,
  dottedName,
  elementsOf,
  isWithin,
  type ParsedModule,
  type Path,
  type Rule,
  stringOf,
  type Term,
  variableOf,
} from './syntax.ts';

/** A rule and what its text refers to. */
export interface IndexedRule {
  readonly module: BundleModule;
  readonly rule: Rule;
  /** Document that it defines or adds to, from `data` on, constant elements only. */
  readonly path: Path;
  readonly references: readonly Reference[];
}

/** Everything that a rule’s outcome may depend on. */
export interface Reads {
  readonly input: readonly Path[];
  /** Base documents; documents made by rules are followed to what they read. */
  readonly data: readonly Path[];
}

export class RuleIndex {
  readonly rules: readonly IndexedRule[];
  readonly #root: Branch = { rules: [], below: new Map() };
  readonly #names: ReadonlyMap<BundleModule, Names>;

  constructor(modules: readonly BundleModule[]) {
    this.#names = namesOf(modules);
    this.rules = modules.flatMap((module) =>
      (module.syntax.rules ?? []).map((rule) => new RuleOfIndex(module, rule, this.namesIn(module))),
    );
    for (const rule of this.rules) this.#add(rule);
  }

  /** What names stand for in a file. */
  namesIn(module: BundleModule): Names {
    return this.#names.get(module) ?? { pathsOf: () => [], objectGetIsItself: false };
  }

  /** Rules that define `path`, something above it, or something below it. */
  overlapping(path: Path): readonly IndexedRule[] {
    const found: IndexedRule[] = [];
    let branch: Branch | undefined = this.#root;
    for (const element of path) {
      found.push(...branch.rules);
      branch = branch.below.get(element);
      if (branch === undefined) return found;
    }
    collectBelow(branch, found);
    return found;
  }

  /** Whether rules alone make the document at `path`. */
  isMadeByRules(path: Path): boolean {
    return this.overlapping(path).some((rule) => isWithin(path, rule.path));
  }

  /** What these references depend on, through helpers and the documents of other bundles. */
  readsOf(references: readonly Reference[]): Reads {
    const input = new Map<string, Path>();
    const data = new Map<string, Path>();
    const followed = new Set<IndexedRule>();
    const pending = [...references];
    for (let reference = pending.pop(); reference !== undefined; reference = pending.pop()) {
      const { path } = reference;
      if (path[0] === 'input') {
        input.set(path.join('.'), path);
        continue;
      }
      if (!this.isMadeByRules(path)) data.set(path.join('.'), path);
      for (const rule of this.overlapping(path)) {
        if (followed.has(rule)) continue;
        followed.add(rule);
        pending.push(...rule.references);
      }
    }
    return { input: [...input.values()], data: [...data.values()] };
  }

  #add(rule: IndexedRule): void {
    let branch = this.#root;
    for (const element of rule.path) {
      const next: Branch = branch.below.get(element) ?? { rules: [], below: new Map() };
      branch.below.set(element, next);
      branch = next;
    }
    branch.rules.push(rule);
  }
}

/** Finds what it refers to when that is asked first: of all rules at once that would hold up calls. */
class RuleOfIndex implements IndexedRule {
  readonly module: BundleModule;
  readonly rule: Rule;
  readonly path: Path;
  readonly #names: Names;
  #references: readonly Reference[] | undefined;

  constructor(module: BundleModule, rule: Rule, names: Names) {
    this.module = module;
    this.rule = rule;
    this.path = documentOf(module, rule);
    this.#names = names;
  }

  get references(): readonly Reference[] {
    this.#references ??= referencesOf(this.rule, this.#names);
    return this.#references;
  }
}

/** Paths as the catalogue holds them: dotted, sorted, and none that lies below another. */
export function dottedPaths({ input, data }: Reads): string[] {
  const paths = [...input, ...data];
  const outermost = paths.filter((path) => !paths.some((other) => other !== path && isWithin(path, other)));
  return [...new Set(outermost.map((path) => path.join('.')))].sort();
}

interface Branch {
  readonly rules: IndexedRule[];
  readonly below: Map<string, Branch>;
}

function collectBelow(branch: Branch, found: IndexedRule[]): void {
  found.push(...branch.rules);
  for (const next of branch.below.values()) collectBelow(next, found);
}

function documentOf(module: BundleModule, rule: Rule): Path {
  const [name, ...rest] = rule.head.ref;
  const constant = rest.map(stringOf);
  const end = constant.indexOf(undefined);
  const elements = (end < 0 ? constant : constant.slice(0, end)).filter((element) => element !== undefined);
  return ['data', ...module.package, String(name?.value ?? ''), ...elements];
}

function namesOf(modules: readonly BundleModule[]): Map<BundleModule, Names> {
  const packages = Map.groupBy(modules, (module) => module.package.join('.'));
  const objectGetIsItself = !modules.some(({ syntax }) => replacesAnyObjectGet(syntax));
  const names = new Map<BundleModule, Names>();
  for (const siblings of packages.values()) {
    const rules = Map.groupBy(
      siblings.flatMap(({ syntax }) => syntax.rules ?? []),
      ({ head }) => String(head.ref[0]?.value ?? ''),
    );
    for (const module of siblings) {
      const imports = importsOf(module);
      const pathsOf = (name: string): readonly Path[] => {
        const own = rules.get(name);
        const imported = imports.get(name);
        return [
          ...(imported === undefined ? [] : [imported]),
          ...(own === undefined ? [] : [aliasOf(own, imports) ?? ['data', ...module.package, name]]),
        ];
      };
      names.set(module, { pathsOf, objectGetIsItself });
    }
  }
  return names;
}

function importsOf({ syntax }: BundleModule): Map<string, Path> {
  const imports = new Map<string, Path>();
  for (const { path, alias } of syntax.imports ?? []) {
    const terms = path.type === 'ref' ? elementsOf(path) : [path];
    const [head, ...rest] = terms.map(({ value }) => String(value));
    if (head === 'input' || head === 'data') imports.set(alias ?? rest.at(-1) ?? head, [head, ...rest]);
  }
  return imports;
}

/** The input path that a rule like `args := input.action.args` is another name of, where naming it observes nothing. */
function aliasOf(rules: readonly Rule[], imports: ReadonlyMap<string, Path>): Path | undefined {
  const [rule, ...others] = rules;
  if (rule === undefined || others.length > 0 || rule.default || rule.else !== undefined) return undefined;
  const { ref, args, key, value } = rule.head;
  if (ref.length !== 1 || args !== undefined || key !== undefined || value === undefined) return undefined;
  const [always, ...more] = rule.body;
  const terms = always?.terms as Term | undefined;
  if (more.length > 0 || terms?.type !== 'boolean' || terms.value !== true || always?.with !== undefined) {
    return undefined;
  }
  const [head, ...rest] = value.type === 'ref' ? elementsOf(value) : [value];
  const name = variableOf(head);
  const base = name === 'input' ? ['input'] : imports.get(name ?? '');
  const elements = rest.map(stringOf).filter((element) => element !== undefined);
  if (base === undefined || base[0] !== 'input' || elements.length < rest.length) return undefined;
  const path = [...base, ...elements];
  return isAlwaysPresent(path) ? path : undefined;
}

/** A file’s syntax is asked about in every release that has the file. */
const replacing = new WeakMap<ParsedModule, boolean>();

function replacesAnyObjectGet(syntax: ParsedModule): boolean {
  const known = replacing.get(syntax) ?? replacesObjectGet(syntax.rules);
  replacing.set(syntax, known);
  return known;
}

/** Whether some expression, however deep, puts another function in the place of `object.get`. */
function replacesObjectGet(node: unknown): boolean {
  if (Array.isArray(node)) return node.some(replacesObjectGet);
  if (typeof node !== 'object' || node === null) return false;
  const target = (node as { target?: Term }).target;
  if (target !== undefined && dottedName(target) === 'object.get') return true;
  return Object.entries(node).some(([key, child]) => key !== 'location' && replacesObjectGet(child));
}
