/** Whether what identity says of every caller's reach can be used, as far as the text tells; the kernel judges the rest. */
import type { Finding } from '../finding.ts';
import { isObject } from '../sources/document.ts';
import type { BundleSource } from '../sources/read-bundle.ts';
import { dottedPaths, type IndexedRule, type RuleIndex } from './rule-index.ts';
import { pairsOf, type Rule, stringOf, type Term } from './syntax.ts';

/** Lists that `data.policy.identity.capabilities` holds, all of them. */
export const CAPABILITY_LISTS: readonly string[] = [
  'servers',
  'tools',
  'resources',
  'prompts',
  'models',
  'subagents',
  'data_classes',
];

/** What was found about the capabilities of a release. */
export interface CapabilityReport {
  readonly findings: readonly Finding[];
  /** Where they are said first; undefined where they are not. */
  readonly place: Pick<Finding, 'file' | 'row'> | undefined;
  /** Input and data paths that they depend on, as in a catalogue. */
  readonly reads: readonly string[];
}

const NAME = 'capabilities';
const MEND = `Give it all of ${CAPABILITY_LISTS.join(', ')}, each a list; \`[]\` where nothing is within reach.`;

/** What the identity bundle says as `capabilities`, in rules or in data. */
export function capabilitiesOf(identity: BundleSource, index: RuleIndex): CapabilityReport {
  const path = ['data', ...identity.root, NAME];
  const reads = dottedPaths(index.readsOf([{ path, row: 1, called: false }]));
  return { ...saidOf(identity, index, path), reads };
}

function saidOf(
  identity: BundleSource,
  index: RuleIndex,
  path: readonly string[],
): Omit<CapabilityReport, 'reads'> {
  const rules = index.overlapping(path).filter((rule) => rule.path.length >= path.length);
  const document = identity.dataDocument;
  const [first] = rules;
  if (first !== undefined) return { findings: ruleFindings(rules, path.length), place: placeOf(first) };
  if (document === undefined || !Object.hasOwn(identity.data, NAME))
    return { findings: [], place: undefined };
  const value = identity.data[NAME];
  const place = { file: document.file, row: document.rowOf([NAME]) };
  if (!isObject(value)) return { findings: [noObject(place)], place };
  const findings = [...missing(Object.keys(value), place)];
  for (const [name, list] of Object.entries(value)) {
    const at = { file: document.file, row: document.rowOf([NAME, name]) };
    findings.push(...unknown(name, at), ...(Array.isArray(list) ? [] : noList(name, at)));
  }
  return { findings, place };
}

/** The kernel's complaint about capabilities that it cannot read, at the place of whoever says them. */
export function blamedOnCapabilities({ detail }: Finding, place: Pick<Finding, 'file' | 'row'>): Finding {
  const code = 'capabilities_malformed';
  return { ...place, code, detail: `The kernel cannot read \`${NAME}\`: ${detail}`, mend: MEND };
}

/** Rules that say the whole object are each complete; rules that say a list each are complete together. */
function ruleFindings(rules: readonly IndexedRule[], depth: number): Finding[] {
  const whole = rules.filter(({ path, rule }) => path.length === depth && rule.head.ref.length === 1);
  const parts = rules.filter(({ path }) => path.length > depth);
  const findings = whole.flatMap(wholeFindings);
  for (const part of parts) {
    const name = part.path[depth] ?? '';
    findings.push(...unknown(name, placeOf(part)));
    const { key, value } = part.rule.head;
    if (part.path.length === depth + 1 && key === undefined)
      findings.push(...listFindings(name, value, placeOf(part)));
  }
  const [first] = parts;
  if (first !== undefined && parts.length === rules.length) {
    const names = parts.map(({ path }) => path[depth] ?? '');
    findings.push(...missing(names, placeOf(first)));
  }
  return findings;
}

function wholeFindings(indexed: IndexedRule): Finding[] {
  const findings: Finding[] = [];
  const { file } = indexed.module.source;
  for (let rule: Rule | undefined = indexed.rule; rule !== undefined; rule = rule.else) {
    const { key, value } = rule.head;
    const place = { file, row: value?.location?.row ?? rule.location.row };
    if (key !== undefined || isScalar(value) || value?.type === 'array' || value?.type === 'set')
      findings.push(noObject(place));
    if (value?.type !== 'object') continue;
    const pairs = pairsOf(value).map(([name, list]) => [stringOf(name), list] as const);
    for (const [name, list] of pairs) {
      if (name === undefined) continue;
      const at = { file, row: list.location?.row ?? place.row };
      findings.push(...unknown(name, at), ...listFindings(name, list, at));
    }
    const names = pairs.map(([name]) => name);
    // A computed name may be any of those that are not written out.
    if (!names.includes(undefined)) findings.push(...missing(names, place));
  }
  return findings;
}

function listFindings(
  name: string,
  value: Term | undefined,
  place: Pick<Finding, 'file' | 'row'>,
): Finding[] {
  return isScalar(value) || value?.type === 'object' ? noList(name, place) : [];
}

function isScalar(term: Term | undefined): boolean {
  return term !== undefined && ['string', 'number', 'boolean', 'null'].includes(term.type);
}

function missing(names: readonly (string | undefined)[], place: Pick<Finding, 'file' | 'row'>): Finding[] {
  const lacking = CAPABILITY_LISTS.filter((name) => !names.includes(name));
  if (lacking.length === 0) return [];
  const detail = `\`${NAME}\` lacks ${lacking.map((name) => `\`${name}\``).join(', ')}.`;
  return [{ ...place, code: 'capabilities_incomplete', detail, mend: MEND }];
}

function unknown(name: string, place: Pick<Finding, 'file' | 'row'>): Finding[] {
  if (CAPABILITY_LISTS.includes(name)) return [];
  const detail = `\`${NAME}\` has no \`${name}\`, which nothing would read.`;
  const mend = `Correct its spelling: ${CAPABILITY_LISTS.join(', ')}.`;
  return [{ ...place, code: 'capability_unknown', detail, mend }];
}

function noList(name: string, place: Pick<Finding, 'file' | 'row'>): Finding[] {
  const detail = `\`${NAME}.${name}\` is no list.`;
  return [{ ...place, code: 'capability_malformed', detail, mend: 'Write a list: `["name"]`, `["crm.*"]`.' }];
}

function noObject(place: Pick<Finding, 'file' | 'row'>): Finding {
  return { ...place, code: 'capabilities_malformed', detail: `\`${NAME}\` is no object.`, mend: MEND };
}

function placeOf({ module, rule }: IndexedRule): Pick<Finding, 'file' | 'row'> {
  return { file: module.source.file, row: rule.location.row };
}
