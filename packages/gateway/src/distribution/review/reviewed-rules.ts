import { hash } from 'node:crypto';
import type { DecisionRule } from '../analysis/decision-rules.ts';
import type { IndexedRule, RuleIndex } from '../analysis/rule-index.ts';
import { isWithin, type Path, type Rule } from '../analysis/syntax.ts';
import { compare } from '../finding.ts';
import { fullIdOf, type LintedBundle, type LintSubject } from '../lint/subject.ts';
import { canonicalRule, importsIn } from './canonical.ts';
import type { ReviewedRule } from './rule-changes.ts';

/** What one bundle says, as one side of a review has it. */
export interface ReviewedBundle {
  readonly bundle: LintedBundle;
  /** Its rules by full id. Those that METADATA does not describe are left out. */
  readonly rules: ReadonlyMap<string, ReviewedRule>;
  /** Everything that it makes besides rules that decide, by name. */
  readonly helpers: ReadonlyMap<string, ReviewedHelper>;
  /** Documents that it makes and none of its rules depends on, as `capabilities`, to a digest of each. */
  readonly documents: ReadonlyMap<string, string>;
  /** Its tests, by file and name, to a digest of each. */
  readonly tests: ReadonlyMap<string, string>;
}

/** A helper as it is written, all its rules. */
export interface ReviewedHelper {
  readonly digest: string;
  readonly text: string;
}

/** The bundles of a policy folder, by name. */
export function reviewedBundles({ bundles, index }: LintSubject): Map<string, ReviewedBundle> {
  return new Map(bundles.map((bundle) => [bundle.source.name, reviewedBundle(bundle, index)]));
}

function reviewedBundle(bundle: LintedBundle, index: RuleIndex): ReviewedBundle {
  const { source } = bundle;
  const own = ['data', ...source.root];
  const decides = new Set(bundle.rules.flatMap(({ bodies }) => [...bodies]));
  const rules = bundle.rules.flatMap((rule): ReviewedRule[] => {
    const reviewed = reviewedRule(bundle, rule, { index, decides });
    return reviewed === undefined ? [] : [reviewed];
  });
  const reached = new Set([...decides].flatMap((rule) => [...reachedFrom([rule], index)]));
  const documents = index.rules.filter(
    (rule) => rule.module.bundle === source.name && !decides.has(rule) && !reached.has(rule),
  );
  const tests = bundle.tests.flatMap((module) =>
    (module.syntax.rules ?? [])
      .filter(({ head }) => String(head.ref[0]?.value ?? '').startsWith('test_'))
      .map((rule) => ({
        name: `${module.source.path} ${String(rule.head.ref[0]?.value)}`,
        text: canonicalRule(rule, module),
      })),
  );
  const written = index.rules.filter((rule) => rule.module.bundle === source.name && !decides.has(rule));
  return {
    bundle,
    helpers: helpersOf(written, own),
    rules: new Map(rules.map((rule) => [rule.id, rule])),
    documents: digested(
      documents.map(({ path, rule, module }) => ({
        name: nameOf(path, own),
        text: canonicalRule(rule, module),
      })),
    ),
    tests: digested(tests),
  };
}

function reviewedRule(
  bundle: LintedBundle,
  rule: DecisionRule,
  { index, decides }: { readonly index: RuleIndex; readonly decides: ReadonlySet<IndexedRule> },
): ReviewedRule | undefined {
  const entry = bundle.catalogue.get(rule.id);
  if (entry === undefined) return undefined;
  const [first] = rule.bodies;
  const own = ['data', ...bundle.source.root];
  const helpers = [...reachedFrom(rule.bodies, index)].filter((reached) => !decides.has(reached));
  return {
    id: fullIdOf(bundle, rule),
    bundle: bundle.source.name,
    entry,
    bodies: rule.bodies.map((body) => body.rule),
    imports: new Map(rule.bodies.flatMap(({ rule: body, module }) => [...importsIn(body, module)])),
    text: rule.bodies.map((body) => textOf(body.rule)).join('\n\n'),
    helpers: digested(
      helpers.map((helper) => ({
        name: nameOf(helper.path, own),
        text: canonicalRule(helper.rule, helper.module),
      })),
    ),
    file: first.module.source.file,
    row: first.rule.location.row,
  };
}

function helpersOf(rules: readonly IndexedRule[], own: Path): Map<string, ReviewedHelper> {
  const digests = digested(
    rules.map(({ path, rule, module }) => ({
      name: nameOf(path, own),
      text: canonicalRule(rule, module),
    })),
  );
  const texts = Map.groupBy(rules, ({ path }) => nameOf(path, own));
  return new Map(
    [...digests].map(([name, digest]) => [
      name,
      { digest, text: (texts.get(name) ?? []).map(({ rule }) => textOf(rule)).join('\n\n') },
    ]),
  );
}

/** A rule as it is written. Of a default OPA keeps the first word alone. */
function textOf({ location, default: isDefault, head }: Rule): string {
  if (isDefault) return `default ${String(head.ref[0]?.value)} := ${JSON.stringify(head.value?.value)}`;
  return Buffer.from(location.text ?? '', 'base64').toString();
}

/** Rules that some depend on, through all bundles; those themselves are not among them. */
function reachedFrom(rules: readonly IndexedRule[], index: RuleIndex): Set<IndexedRule> {
  const reached = new Set<IndexedRule>();
  const pending = [...rules];
  for (let rule = pending.pop(); rule !== undefined; rule = pending.pop()) {
    for (const { path } of rule.references) {
      if (path[0] !== 'data') continue;
      for (const next of index.overlapping(path)) {
        if (reached.has(next)) continue;
        reached.add(next);
        pending.push(next);
      }
    }
  }
  for (const rule of rules) reached.delete(rule);
  return reached;
}

/** A document as its own bundle calls it, another’s in full. */
function nameOf(path: Path, own: Path): string {
  return (isWithin(path, own) ? path.slice(own.length) : path).join('.');
}

/** What has one name is one document, in whichever order its rules stand. */
function digested(parts: readonly { readonly name: string; readonly text: string }[]): Map<string, string> {
  const byName = Map.groupBy(parts, ({ name }) => name);
  return new Map(
    [...byName]
      .sort(([a], [b]) => compare(a, b))
      .map(([name, those]) => [
        name,
        hash(
          'sha256',
          those
            .map(({ text }) => text)
            .sort()
            .join('\n'),
        ),
      ]),
  );
}
