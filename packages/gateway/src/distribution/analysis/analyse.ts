/** From parsed bundles to their catalogues: what each rule is, what it reads, and whether it may. */
import type { CatalogueEntry, JsonObject, RuleKind } from '@bailiff/contract';
import type { Finding } from '../finding.ts';
import { levelFindings } from '../lint/rules/simple-level.ts';
import { mayGrant } from '../sources/bundle-name.ts';
import { valueAt } from '../sources/document.ts';
import { type BundleSource, CANARY_RULES } from '../sources/read-bundle.ts';
import { metadataOf } from './annotations.ts';
import { type CapabilityReport, capabilitiesOf } from './capabilities.ts';
import { type DecisionRule, decisionRulesOf } from './decision-rules.ts';
import { isRefusedToGrants, isUnknownToInput, mayHoldPayload, nearestInputPath } from './input-paths.ts';
import { expressionsShapingKey } from './key-shape.ts';
import { countInPlaceOf } from './mistakes/compile-mends.ts';
import { nearestDataPath } from './mistakes/nearest-data-path.ts';
import { type Reference, referencesOf } from './references.ts';
import { dottedPaths, type IndexedRule, RuleIndex } from './rule-index.ts';
import { type BundleModule, isWithin, type Path, type Place } from './syntax.ts';

/** A head that is given another name, so that the kernel reads it elsewhere or nowhere. */
export interface HeadRename {
  readonly module: BundleModule;
  readonly place: Place;
  readonly from: RuleKind;
  readonly to: string;
}

/** What analysis made of one bundle. */
export interface AnalysedBundle {
  /** Local rule id → entry. */
  readonly catalogue: ReadonlyMap<string, CatalogueEntry>;
  readonly renames: readonly HeadRename[];
}

export interface Analysis {
  /** By bundle name. */
  readonly bundles: ReadonlyMap<string, AnalysedBundle>;
  /** What identity says of everyone's reach; undefined without such a bundle. */
  readonly capabilities: CapabilityReport | undefined;
  readonly findings: readonly Finding[];
}

/** What bundles say, worked out together because rules read each other’s documents. `data` is the base data of the release. */
export function analyse(...given: Parameters<typeof analyseInParts>): Analysis {
  const parts = analyseInParts(...given);
  for (;;) {
    const part = parts.next();
    if (part.done === true) return part.value;
  }
}

/** The same in parts of some milliseconds at most: a bundle has hundreds of rules, and calls are decided meanwhile. */
export function* analyseInParts(
  bundles: readonly BundleSource[],
  modules: readonly BundleModule[],
  data: JsonObject,
): Generator<void, Analysis> {
  const index = new RuleIndex(modules);
  const findings: Finding[] = [];
  const analysed = new Map<string, AnalysedBundle>();
  for (const bundle of bundles) {
    findings.push(...packageFindings(bundle, modules));
    findings.push(...referenceFindings(bundle, index, data), ...levelFindings(bundle, index));
    const { rules, findings: refused } = decisionRulesOf(bundle, index);
    findings.push(...refused);
    yield;
    const catalogue = new Map<string, CatalogueEntry>();
    const renames: HeadRename[] = [];
    for (const rule of rules) {
      findings.push(...permissionFindings(rule, bundle, index));
      const entry = entryOf(rule, index, findings);
      if (entry === undefined) continue;
      catalogue.set(rule.id, entry);
      renames.push(...renamesOf(rule, entry));
      yield;
    }
    analysed.set(bundle.name, { catalogue, renames });
  }
  const identity = bundles.find(({ name }) => name === 'identity');
  const capabilities = identity && capabilitiesOf(identity, index);
  findings.push(...(capabilities?.findings ?? []));
  return { bundles: analysed, capabilities, findings };
}

function entryOf(rule: DecisionRule, index: RuleIndex, findings: Finding[]): CatalogueEntry | undefined {
  const [{ module, rule: first }] = rule.bodies;
  const metadata = metadataOf(module, first);
  if (metadata.kind === 'refused') {
    findings.push(...metadata.findings);
    return undefined;
  }
  const { title, description, custom } = metadata.value;
  const { id, message = title, remediation = '', watch_until = '', canary, ...rest } = custom;
  if (id !== undefined && id !== rule.id) {
    findings.push({
      file: module.source.file,
      row: first.location.row,
      code: 'rule_id_mismatch',
      detail: `METADATA calls the rule \`${id}\`, its head \`${rule.id}\`.`,
      mend: 'Remove the id from METADATA.',
    });
  }
  const isCanary = rest.mode === 'canary' && canary !== undefined;
  const own = index.readsOf(rule.bodies.flatMap(({ references }) => references));
  return {
    ...rest,
    ...(isCanary && { canary: { share: canary.share ?? 0, teams: canary.teams ?? [] } }),
    kind: rule.kind,
    title,
    description: description.trim(),
    message,
    remediation,
    watch_until,
    reads: dottedPaths(isCanary ? { ...own, input: withCanaryReads(own.input) } : own),
    location: { file: module.source.path, row: first.location.row },
  };
}

/** What of a call says whether its agent is in a canary. */
const WHO_IS_IN_CANARY: readonly Path[] = [
  ['input', 'agent', 'id'],
  ['input', 'agent', 'owner_team'],
];

function withCanaryReads(own: readonly Path[]): Path[] {
  return [...own, ...WHO_IS_IN_CANARY.filter((path) => !own.some((other) => isWithin(path, other)))];
}

function renamesOf({ id, kind, bodies }: DecisionRule, { mode }: CatalogueEntry): HeadRename[] {
  if (mode === 'enforce') return [];
  const to = {
    // A document of its own: whoever is in the canary of one rule must not evaluate another.
    canary: `${CANARY_RULES}["${id}"]`,
    watch: `watched_${kind}`,
    off: `off_${kind}`,
  }[mode];
  return bodies.map(({ module, rule }) => ({ module, place: rule.location, from: kind, to }));
}

function packageFindings(bundle: BundleSource, modules: readonly BundleModule[]): Finding[] {
  const root = bundle.root.join('.');
  return modules
    .filter((module) => module.bundle === bundle.name && !isWithin(module.package, bundle.root))
    .map(({ source, syntax, package: path }) => ({
      file: source.file,
      row: syntax.package.location.row,
      code: 'package_outside_root',
      detail: `The package ${path.join('.')} is not the bundle’s: ${root} or one below it.`,
      mend: packageMend(source.file, path, bundle.root),
    }));
}

/** A file that is taken for rules may be one of tests under another name. */
function packageMend(file: string, path: Path, root: Path): string {
  const own = `package ${root.join('.')}`;
  const [name = ''] = file.split('/').slice(-1);
  const isOfTests =
    /^tests?[_.-]|[_.-]tests?\.rego$/.test(name) || `package ${path.join('.')}` === `${own}_test`;
  if (!isOfTests) return `Write \`${own}\`.`;
  const subject = name.replace(/\.rego$/, '').replace(/^tests?[_.-]|[_.-]tests?$/g, '');
  return `Tests stand in files whose names end in \`_test.rego\`: call this one \`${subject}_test.rego\`. If it holds rules, write \`${own}\`.`;
}

/** What no rule of a bundle may refer to, helpers included. */
function referenceFindings(bundle: BundleSource, index: RuleIndex, data: JsonObject): Finding[] {
  const findings: Finding[] = [];
  for (const indexed of index.rules) {
    if (indexed.module.bundle !== bundle.name) continue;
    for (const reference of indexed.references) {
      const refused = referenceRefused(reference, { bundle, index, data });
      if (refused !== undefined) {
        findings.push({ file: indexed.module.source.file, row: reference.row, ...refused });
      }
    }
  }
  return findings;
}

interface Surroundings {
  readonly bundle: BundleSource;
  readonly index: RuleIndex;
  readonly data: JsonObject;
}

function referenceRefused(
  { path, called }: Reference,
  { bundle, index, data }: Surroundings,
): Omit<Finding, 'file' | 'row'> | undefined {
  const dotted = path.join('.');
  if (path[0] === 'input') {
    if (!isUnknownToInput(path)) return undefined;
    const detail = `No input has \`${dotted}\`: a condition on it never holds, and under \`not\` it always does.`;
    return { code: 'input_path_unknown', detail, mend: inputPathMend(path) };
  }
  const document = path.slice(1);
  if (document[0] === 'bailiff') {
    return {
      code: 'kernel_read',
      detail: `\`${dotted}\` is the kernel’s.`,
      mend: 'Read the input or data instead.',
    };
  }
  const foreign = !isWithin(document, bundle.root);
  const isFunction = index
    .overlapping(path)
    .some(({ path: at, rule }) => rule.head.args !== undefined && isWithin(path, at));
  if (foreign && (called || isFunction)) {
    const detail = `\`${dotted}\` is a function of another bundle, whose removal would break this one.`;
    return { code: 'function_foreign', detail, mend: 'Copy it, or read a document of that bundle.' };
  }
  if (called) return undefined;
  if (!isDefined(document, index, data)) {
    const detail = `Nothing in the release defines \`${dotted}\`, so the rule would silently not fire.`;
    const near = nearestDataPath(document, data);
    const mend =
      near === undefined
        ? 'Add it to data.yaml, or correct the path.'
        : `Did you mean \`data.${near.join('.')}\`? Else add it to data.yaml.`;
    return { code: 'data_undefined', detail, mend };
  }
  if (foreign && !mayRead(document, bundle)) {
    const detail = `\`${dotted}\` is neither the bundle’s own nor something that every bundle may read.`;
    const mend = `Have \`${document.join('.') || 'data'}\` added to \`may_read\` of the bundle in release.yaml, or keep a copy.`;
    return { code: 'read_foreign', detail, mend };
  }
  return undefined;
}

function inputPathMend(path: Path): string {
  const near = nearestInputPath(path);
  if (near !== undefined) return `Did you mean \`${near.join('.')}\`? docs/reference/input.md lists all.`;
  const counted = isUnknownToInput(path.slice(0, -1)) ? undefined : countInPlaceOf(path);
  return counted === undefined
    ? 'Correct the path; docs/reference/input.md lists them.'
    : `Write \`${counted}\`: Rego counts with a function, and has no such field.`;
}

/**
 * Whether a bundle may read what is another’s: the catalogue, the release, what identity says, for a team’s part of a category
 * that category, and what it is registered to read.
 */
function mayRead(document: Path, { subject, registration }: BundleSource): boolean {
  const category = subject.kind === 'team' ? [['policy', subject.category]] : [];
  const registered = registration.may_read.map((path) => path.split('.'));
  return [...EVERYBODY_READS, ...category, ...registered].some((path) => isWithin(document, path));
}

const EVERYBODY_READS: readonly Path[] = [['catalogue'], ['release'], ['policy', 'identity']];

/** Whether the release has something at a path: base data, a rule’s document, or what the builder itself adds. */
function isDefined(document: Path, index: RuleIndex, data: JsonObject): boolean {
  if (document[0] === 'release') return true;
  if (valueAt(data, document) !== undefined || index.overlapping(['data', ...document]).length > 0)
    return true;
  const catalogue = document.indexOf('catalogue');
  return catalogue > 0 && valueAt(data, document.slice(0, catalogue)) !== undefined;
}

/** What a rule may not do because of its kind: grant without leave or on shifting ground, or owe what arguments say. */
function permissionFindings(rule: DecisionRule, bundle: BundleSource, index: RuleIndex): Finding[] {
  switch (rule.kind) {
    case 'allow':
      return grantFindings(rule, bundle, index);
    case 'oblige':
      return rule.bodies.flatMap((body) => obligationFindings(body, index));
    case 'deny':
    case 'require_approval':
    case 'affirm':
      return [];
  }
}

function grantFindings(grant: DecisionRule, bundle: BundleSource, index: RuleIndex): Finding[] {
  const [{ module, rule }] = grant.bodies;
  if (!mayGrant(bundle.subject, bundle.registration.may_grant)) {
    const mend =
      bundle.subject.kind === 'category'
        ? 'Use `affirm`; only identity and resource grant.'
        : 'Use `affirm`, or register the bundle with `may_grant: true`.';
    const { file } = module.source;
    const detail = `The bundle ${bundle.name} may not grant.`;
    return [{ file, row: rule.location.row, code: 'grant_refused', detail, mend }];
  }
  return grant.bodies.flatMap((body) =>
    body.references.flatMap((reference) => {
      const paths = index.readsOf([reference]).input.filter(isRefusedToGrants);
      if (paths.length === 0) return [];
      const via = reference.path[0] === 'input' ? '' : ` through \`${reference.path.join('.')}\``;
      return [
        {
          file: body.module.source.file,
          row: reference.row,
          code: 'grant_reads_refused',
          detail: `The grant \`${grant.id}\` reads \`${paths.map((path) => path.join('.')).join('`, `')}\`${via}.`,
          mend: 'Read single fields of agent, user and action; make limits on arguments, context and usage denials.',
        },
      ];
    }),
  );
}

/** Fields of an obligation end up in answers and records, where arguments and results have no place. */
function obligationFindings({ module, rule }: IndexedRule, index: RuleIndex): Finding[] {
  const names = index.namesIn(module);
  return referencesOf(rule, names, expressionsShapingKey(rule, names)).flatMap((reference) => {
    const path = index.readsOf([reference]).input.find(mayHoldPayload);
    if (path === undefined) return [];
    return [
      {
        file: module.source.file,
        row: reference.row,
        code: 'obligation_reads_payload',
        detail: `A field of the obligation depends on \`${path.join('.')}\`, which may hold arguments or a result.`,
        mend: 'Make the fields constant or take them from data; conditions may read it.',
      },
    ];
  });
}
