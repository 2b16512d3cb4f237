import type { RuleKind } from '@bailiff/contract';
import type { DecisionRule } from '../analysis/decision-rules.ts';
import { renameHeads } from '../analysis/modes.ts';
import { ruleIdPrefixOf } from '../sources/bundle-name.ts';
import type { SourceModule } from '../sources/folder.ts';
import { type BundleSource, CANARY_RULES } from '../sources/read-bundle.ts';

/** A rule as tests are looked at for it. */
export interface ObservedRule {
  /** As decisions tell it. */
  readonly id: string;
  readonly bundle: string;
  readonly kind: RuleKind;
  /** As the bundle calls it. */
  readonly name: string;
  /** For findings: of its first body. */
  readonly file: string;
  readonly row: number;
  /** Path in the release and row of each body’s head, as `compliance/rows.rego:8`. */
  readonly heads: readonly string[];
  /** What fires where its set is asked for, as engines name it: `data.policy.compliance.bailiff_seen_deny`. */
  readonly seen: string;
}

/** Document of base data that rules are switched by: which never fire, and which always do. */
export const SWITCHES = 'bailiff_proof';

/** Rules that are made to stay silent, and rules that are made to fire, by their set. */
export interface Switches {
  readonly muted: readonly ObservedRule[];
  readonly forced: readonly ObservedRule[];
}

/** Nothing is switched. */
export const AS_WRITTEN: Switches = { muted: [], forced: [] };

const OBSERVED = 'bailiff_observed_';
const SEEN = 'bailiff_seen_';
const CANARY = 'bailiff_canary';

/**
 * A bundle’s modules in which each rule can be made to stay silent, or to fire, by the document `data.bailiff_proof`: its heads add
 * to a set beside the one that others read, and that one takes over what is not muted and whatever is forced. Rows stay what they
 * were, so that what fires is still found by its head. Rules in mode `canary`, by their full ids, stand in the sets that tests read,
 * and in decisions where the kernel looks for them.
 */
export function observedModules(
  bundle: BundleSource,
  rules: readonly DecisionRule[],
  canary: ReadonlySet<string>,
): SourceModule[] {
  const renames = rules.flatMap(({ kind, bodies }) =>
    bodies.map(({ module, rule }) => ({
      ...{ module, place: rule.location, from: kind, to: `${OBSERVED}${kind}` },
    })),
  );
  const modules = bundle.modules.map((module) => {
    const own = renames.filter(({ module: { source } }) => source.path === module.path);
    return { ...module, text: renameHeads(module.text, own).text };
  });
  const kinds = [...new Set(rules.map(({ kind }) => kind))];
  if (kinds.length === 0) return modules;
  const path = `${bundle.name}/bailiff_observed.rego`;
  const prefix = ruleIdPrefixOf(bundle.subject);
  const inCanary = rules.filter(({ id }) => canary.has(`${prefix}${id}`));
  const text = [
    `package ${bundle.root.join('.')}\n`,
    ...kinds.map((kind) => setText(bundle.name, kind, inCanary.length > 0)),
    ...inCanary.map((rule) => canaryText(bundle.name, rule)),
  ].join('');
  return [...modules, { file: path, path, text }];
}

/** What a set holds: what its rules say and nobody muted, and what is forced. That `seen` fires tells that the set was asked for. */
function setText(bundle: string, kind: RuleKind, hasCanary: boolean): string {
  const id = idIn(kind);
  const isHere = hasCanary ? `\n\tnot ${id} in ${CANARY}` : '';
  return `
${SEEN}${kind} := true

${kind} contains finding if {
	${SEEN}${kind}
	some finding in ${OBSERVED}${kind}
	not data.${SWITCHES}.muted["${bundle}"][${id}]${isHere}
}

${kind} contains finding if {
	some finding in data.${SWITCHES}.forced["${bundle}/${kind}"]${isHere}
}
`;
}

/** Where decisions find a rule in mode `canary`, with what its set would hold of it. */
function canaryText(bundle: string, { id: name, kind }: DecisionRule): string {
  const says = `${CANARY_RULES}["${name}"] contains finding if {
	"${name}" in ${CANARY}`;
  return `
${CANARY} contains "${name}" if data.${SWITCHES}.is_deciding

${says}
	some finding in ${OBSERVED}${kind}
	${idIn(kind)} == "${name}"
	not data.${SWITCHES}.muted["${bundle}"]["${name}"]
}

${says}
	some finding in data.${SWITCHES}.forced["${bundle}/${kind}"]
	${idIn(kind)} == "${name}"
}
`;
}

function idIn(kind: RuleKind): string {
  return kind === 'oblige' ? 'finding.id' : 'finding';
}

/** The rules of a bundle as they are observed. */
export function observedRules(bundle: BundleSource, rules: readonly DecisionRule[]): ObservedRule[] {
  return rules.map(({ id: name, kind, bodies }) => {
    const [{ module, rule }] = bodies;
    return {
      id: `${ruleIdPrefixOf(bundle.subject)}${name}`,
      ...{ bundle: bundle.name, kind, name },
      file: module.source.file,
      row: rule.location.row,
      heads: bodies.map((body) => `${body.module.source.path}:${body.rule.location.row}`),
      seen: `data.${[...bundle.root, `${SEEN}${kind}`].join('.')}`,
    };
  });
}

/** The document that switches these rules, for a decision or for anything else that is evaluated. */
export function switchesDocument({ muted, forced }: Switches, isDeciding: boolean) {
  const table = (by: (rule: ObservedRule) => string) => (rules: readonly ObservedRule[]) =>
    Map.groupBy(rules, by);
  const mutedBy = [...table(({ bundle }) => bundle)(muted)].map(
    ([bundle, rules]) => [bundle, Object.fromEntries(rules.map(({ name }) => [name, true]))] as const,
  );
  const forcedBy = [...table(({ bundle, kind }) => `${bundle}/${kind}`)(forced)].map(
    ([set, rules]) => [set, rules.map(findingOf)] as const,
  );
  return {
    muted: Object.fromEntries(mutedBy),
    forced: Object.fromEntries(forcedBy),
    is_deciding: isDeciding,
  };
}

/** A duty that is forced is known by its id: what else belongs to it depends on the call. */
function findingOf({ kind, name }: ObservedRule): string | { id: string; kind: string } {
  return kind === 'oblige' ? { id: name, kind: 'forced' } : name;
}

/** Whether a rule fired where these definitions did. */
export function isFired({ heads }: ObservedRule, fired: ReadonlySet<string>): boolean {
  return heads.some((head) => fired.has(head));
}
