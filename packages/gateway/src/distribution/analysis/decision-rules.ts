/** Finds the rules of a bundle that speak to the kernel, and refuses what looks like one and is none. */
import { Name, RuleAnnotation, RuleKind } from '@bailiff/contract';
import type { Finding } from '../finding.ts';
import type { BundleSource } from '../sources/read-bundle.ts';
import { isReservedName } from '../sources/read-bundle.ts';
import type { IndexedRule, RuleIndex } from './rule-index.ts';
import { nearestRuleSet } from './rule-set-names.ts';
import { isWithin, pairsOf, type Rule, stringOf, type Term, variableOf } from './syntax.ts';

/** A rule under its id: all bodies of it, which stand together, the METADATA on the first. */
export interface DecisionRule {
  readonly id: string;
  readonly kind: RuleKind;
  readonly bodies: readonly [IndexedRule, ...IndexedRule[]];
}

/** The rules of a bundle in the order of its files. */
export function decisionRulesOf(
  bundle: BundleSource,
  index: RuleIndex,
): { readonly rules: readonly DecisionRule[]; readonly findings: readonly Finding[] } {
  const findings: Finding[] = [];
  const rules = new Map<string, { id: string; kind: RuleKind; bodies: [IndexedRule, ...IndexedRule[]] }>();
  let previous: IndexedRule | undefined;
  for (const indexed of index.rules.filter(({ module }) => module.bundle === bundle.name)) {
    const named = nameRule(indexed, bundle);
    if (named?.kind === 'refused') findings.push(named.finding);
    if (named?.kind === 'named') {
      const { id, ruleKind } = named;
      const known = rules.get(id);
      if (known === undefined) rules.set(id, { id, kind: ruleKind, bodies: [indexed] });
      else if (known.kind === ruleKind && known.bodies.at(-1) === previous && continues(indexed, previous)) {
        known.bodies.push(indexed);
      } else findings.push(duplicate(indexed, id, known.bodies[0]));
    }
    previous = indexed;
  }
  return { rules: [...rules.values()], findings };
}

type Named =
  | { readonly kind: 'named'; readonly id: string; readonly ruleKind: RuleKind }
  | { readonly kind: 'refused'; readonly finding: Finding };

/** The id under which a rule speaks to the kernel; undefined for a helper. */
function nameRule(indexed: IndexedRule, bundle: BundleSource): Named | undefined {
  const { module, rule, path } = indexed;
  const refused = (code: string, detail: string, mend: string): Named => ({
    kind: 'refused',
    finding: { file: module.source.file, row: rule.location.row, code, detail, mend },
  });
  const document = path.slice(1);
  if (!isWithin(document, bundle.root)) return undefined;
  const set = document[bundle.root.length] ?? '';
  const headName = variableOf(rule.head.ref[0]) ?? '';
  if (!isReservedName(set)) {
    if (!RuleKind.safeParse(headName).success) {
      const finding = misspelt(indexed);
      return finding && { kind: 'refused', finding };
    }
    const mend = `Move it to the package ${bundle.root.join('.')}.`;
    return refused(
      'rule_set_misplaced',
      `\`${headName}\` in a package below the bundle’s is never read.`,
      mend,
    );
  }
  const kind = RuleKind.safeParse(set);
  if (!kind.success) {
    return refused('name_reserved', `\`${set}\` is made by the builder.`, 'Rename the rule.');
  }
  const shape = kind.data === 'oblige' ? `{"id": "name", "kind": "limit", …}` : '"name"';
  const mend = `Write \`${set} contains ${shape} if { … }\`.`;
  const { ref, key, value } = rule.head;
  if (
    module.package.length !== bundle.root.length ||
    ref.length !== 1 ||
    key === undefined ||
    value !== undefined
  ) {
    return refused('rule_set_malformed', `\`${set}\` is a set that rules add to, and is nothing else.`, mend);
  }
  const id = kind.data === 'oblige' ? constantField(key, 'id') : stringOf(key);
  if (id === undefined)
    return refused('rule_id_missing', `The rule’s id in \`${set}\` is not a constant.`, mend);
  if (kind.data === 'oblige' && constantField(key, 'kind') === undefined) {
    return refused('obligation_kind_missing', 'The obligation’s kind is not a constant.', mend);
  }
  if (!Name.safeParse(id).success) {
    const words = 'Use lower case, digits and underscores, a letter first, at most 64.';
    return refused('rule_id_invalid', `\`${id}\` cannot be a rule’s id.`, words);
  }
  return { kind: 'named', id, ruleKind: kind.data };
}

/** A helper that METADATA describes as a rule: it would decide nothing, without a word. Undefined for any other helper. */
function misspelt({ module, rule }: IndexedRule): Finding | undefined {
  const fields = Object.keys(RuleAnnotation.shape);
  const described = fields.filter((field) =>
    (rule.annotations ?? []).some(({ custom }) => custom !== undefined && Object.hasOwn(custom, field)),
  );
  if (described.length === 0) return undefined;
  const name = String(rule.head.ref[0]?.value ?? '');
  const nearest = nearestRuleSet(name);
  const meant = nearest === undefined ? `one of ${RuleKind.options.join(', ')}` : `\`${nearest}\``;
  return {
    file: module.source.file,
    row: rule.location.row,
    code: 'rule_set_unknown',
    detail: `METADATA describes a rule, but \`${name}\` is no rule set, so it would decide nothing.`,
    mend: `Write ${meant}; of a helper, remove custom.${described.join(', custom.')} from METADATA.`,
  };
}

function constantField(term: Term, name: string): string | undefined {
  const values = pairsOf(term).filter(([key]) => stringOf(key) === name);
  return values.length === 1 ? stringOf(values[0]?.[1]) : undefined;
}

/** Whether a rule is another body of the one before it: in the same file, and without METADATA of its own. */
function continues({ module, rule }: IndexedRule, previous: IndexedRule | undefined): boolean {
  return module === previous?.module && !hasOwnMetadata(rule);
}

function hasOwnMetadata(rule: Rule): boolean {
  return (rule.annotations ?? []).some(({ scope }) => scope === 'rule');
}

function duplicate({ module, rule }: IndexedRule, id: string, first: IndexedRule): Finding {
  return {
    file: module.source.file,
    row: rule.location.row,
    code: 'rule_id_duplicate',
    detail: `The id \`${id}\` is taken by the rule at ${first.module.source.file}:${first.rule.location.row}.`,
    mend: 'Choose another id, or put all bodies of one rule together, with METADATA on the first.',
  };
}
