import type { CatalogueEntry, JsonObject } from '@bailiff/contract';
import type { Analysis } from '../analysis/analyse.ts';
import { type DecisionRule, decisionRulesOf } from '../analysis/decision-rules.ts';
import { type IndexedRule, RuleIndex } from '../analysis/rule-index.ts';
import type { BundleModule, Path } from '../analysis/syntax.ts';
import { ruleIdPrefixOf } from '../sources/bundle-name.ts';
import type { BundleSource } from '../sources/read-bundle.ts';
import type { ToolDefinitions } from './tool-definitions.ts';

/** What lint looks at: the bundles of a release, or one alone, parsed and analysed. */
export interface LintSubject {
  readonly bundles: readonly LintedBundle[];
  /** Every rule that ships. */
  readonly index: RuleIndex;
  /** Base data, as far as it is known. */
  readonly data: JsonObject;
  readonly tools: ToolDefinitions;
  /** When the check is made: what is expired is so at this instant. */
  readonly now: Date;
}

/** One bundle, and what it consists of. */
export interface LintedBundle {
  readonly source: BundleSource;
  /** Its rules that speak to the kernel. */
  readonly rules: readonly DecisionRule[];
  /** Local id → entry, of rules whose METADATA can be used. */
  readonly catalogue: ReadonlyMap<string, CatalogueEntry>;
  readonly modules: readonly BundleModule[];
  readonly tests: readonly BundleModule[];
}

/** What a subject is made of. */
export interface LintSources extends Pick<LintSubject, 'data' | 'tools' | 'now'> {
  readonly bundles: readonly BundleSource[];
  readonly modules: readonly BundleModule[];
  readonly tests: readonly BundleModule[];
  readonly analysis: Pick<Analysis, 'bundles'>;
}

/** Every rule, those of tests too. */
export function withTests({ bundles, index }: Pick<LintSubject, 'bundles' | 'index'>): RuleIndex {
  return new RuleIndex([
    ...new Set(index.rules.map(({ module }) => module)),
    ...bundles.flatMap((bundle) => bundle.tests),
  ]);
}

/** Lays out what lint looks at. */
export function lintSubject(sources: LintSources): LintSubject {
  const { bundles, modules, tests, analysis, data, tools, now } = sources;
  const index = new RuleIndex(modules);
  return {
    bundles: bundles.map((source) => ({
      source,
      rules: decisionRulesOf(source, index).rules,
      catalogue: analysis.bundles.get(source.name)?.catalogue ?? new Map(),
      modules: modules.filter(({ bundle }) => bundle === source.name),
      tests: tests.filter(({ bundle }) => bundle === source.name),
    })),
    index,
    data,
    tools,
    now,
  };
}

/** A rule’s id as decisions tell it. */
export function fullIdOf({ source }: LintedBundle, { id }: DecisionRule): string {
  return `${ruleIdPrefixOf(source.subject)}${id}`;
}

/** Rules of a bundle that its decision rules depend on, themselves included; documents of other bundles are not followed. */
export function reachableRules({ source, rules }: LintedBundle, index: RuleIndex): readonly IndexedRule[] {
  const reached = new Set<IndexedRule>();
  const pending = rules.flatMap(({ bodies }) => [...bodies]);
  for (let rule = pending.pop(); rule !== undefined; rule = pending.pop()) {
    if (reached.has(rule)) continue;
    reached.add(rule);
    for (const { path } of rule.references) {
      if (path[0] !== 'data') continue;
      pending.push(...index.overlapping(path).filter(({ module }) => module.bundle === source.name));
    }
  }
  return [...reached];
}

/** A path as people write it. */
export function dotted(path: Path): string {
  return path.join('.');
}
