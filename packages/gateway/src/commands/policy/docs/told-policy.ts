import type { ActiveOverride, BundleRegistration, CatalogueEntry, Json } from '@bailiff/contract';
import { BundleFailure, compare } from '../../../distribution/finding.ts';
import { type ShowingTests, testsShowing } from '../../../distribution/lint/rules/tested.ts';
import type { LintedBundle } from '../../../distribution/lint/subject.ts';
import type { ReadPolicy, ReadRelease } from '../../../distribution/review/read-policy.ts';
import { type Absence, absenceText } from '../../../distribution/sources/absence.ts';
import { ruleIdPrefixOf } from '../../../distribution/sources/bundle-name.ts';
import { valueAt } from '../../../distribution/sources/document.ts';
import { openFetcher } from '../../../stores/bundle-sources/open-fetcher.ts';

/** What the pages of a policy folder are made of: all its bundles, by name. */
export interface ToldPolicy {
  /** Name of the release; undefined of a bundle alone. */
  readonly release: { readonly name: string; readonly version: string } | undefined;
  readonly bundles: readonly ToldBundle[];
  /** Bundles that come from a source and were not looked at, by name. */
  readonly leftOut: readonly LeftOutBundle[];
}

/** A bundle of which only its registration can be told. */
export interface LeftOutBundle extends Pick<ToldBundle, 'name' | 'approvals' | 'origin'> {
  /** Why nothing else is: a sentence or more. */
  readonly why: string;
}

export interface ToldBundle {
  readonly name: string;
  readonly version: string;
  readonly level: string;
  readonly description: string;
  readonly owner: string;
  /** People whose approvals count, and how many of them a change needs; undefined of a bundle alone. */
  readonly approvals: { readonly owners: readonly string[]; readonly needed: number } | undefined;
  /** Where it is fetched from, without secrets; undefined where it lies in the folder. */
  readonly origin: string | undefined;
  readonly rules: readonly ToldRule[];
  readonly configuration: readonly ToldValue[];
}

/** What a policy is told with. */
export interface TellOptions {
  readonly at: Date;
  /** Why bundles that come from a source were not looked at, by name, as far as that is known. */
  readonly absent?: ReadonlyMap<string, Absence> | undefined;
}

export interface ToldRule {
  readonly id: string;
  /** Unique on its page. */
  readonly anchor: string;
  readonly entry: CatalogueEntry;
  /** Below `input`. */
  readonly values: readonly string[];
  /** Below `data`. */
  readonly configuration: readonly string[];
  readonly tests: ShowingTests;
  /** What the cases are about in which it decides. */
  readonly cases: readonly string[];
  readonly overrides: readonly ActiveOverride[];
  readonly file: string;
  readonly row: number;
}

/** Data that rules of a bundle read. */
export interface ToldValue {
  /** Below `data`. */
  readonly path: string;
  /** Undefined where it is no data of this folder. */
  readonly value: Json | undefined;
  readonly readBy: readonly string[];
}

/**
 * What there is to tell of a policy folder at an instant: of overrides those that hold then.
 * @throws BundleFailure when a rule is described in no way that could be told.
 */
export function toldPolicy(policy: ReadPolicy, { at, absent }: TellOptions): ToldPolicy {
  const { release, subject, findings } = policy;
  const isWhole = subject.bundles.every(({ rules, catalogue }) => rules.every(({ id }) => catalogue.has(id)));
  if (!isWhole) throw new BundleFailure(findings);
  const tests = testsShowing(subject);
  const overrides = (release?.composition.release.data.overrides ?? []).filter(
    ({ not_before, expires_at }) => not_before * 1_000 <= at.getTime() && at.getTime() < expires_at * 1_000,
  );
  const bundles = subject.bundles.map((bundle): ToldBundle => {
    const { source } = bundle;
    const rules = toldRules(bundle, { tests: tests.get(source.name), overrides, cases: policy.cases });
    return {
      name: source.name,
      version: source.manifest.version,
      level: source.manifest.level,
      description: source.manifest.description,
      owner: source.manifest.owner,
      approvals: release && approvalsOf(source.registration),
      origin: originOf(source.name, source.registration),
      rules,
      configuration: configurationOf(rules, policy),
    };
  });
  const manifest = release?.sources.manifest;
  return {
    release: manifest && { name: manifest.name, version: manifest.version },
    bundles: bundles.sort((a, b) => compare(a.name, b.name)),
    leftOut: release === undefined ? [] : leftOutBundles(release, absent),
  };
}

function leftOutBundles(
  { leftOut, sources: { manifest } }: ReadRelease,
  absent: TellOptions['absent'] = new Map(),
): LeftOutBundle[] {
  return [...leftOut].sort(compare).flatMap((name): LeftOutBundle[] => {
    const registration = manifest.bundles[name];
    if (registration === undefined) return [];
    const why = absenceText(name, absent.get(name) ?? { kind: 'left_out' });
    return [{ name, approvals: approvalsOf(registration), origin: originOf(name, registration), why }];
  });
}

function approvalsOf({ owners, approvals }: BundleRegistration): NonNullable<ToldBundle['approvals']> {
  return { owners, needed: approvals };
}

function originOf(name: string, { source }: BundleRegistration): string | undefined {
  // Only its name for itself is wanted: nothing is opened.
  const nothing = { directory: '', dataDirectory: '', environment: {} };
  return source && openFetcher(source, { name, ...nothing }).described;
}

function toldRules(
  { source, rules, catalogue }: LintedBundle,
  {
    tests,
    overrides,
    cases,
  }: {
    readonly cases: ReadPolicy['cases'];
    readonly tests: ReadonlyMap<string, ShowingTests> | undefined;
    readonly overrides: readonly ActiveOverride[];
  },
): ToldRule[] {
  return rules
    .flatMap(({ id, bodies: [{ module, rule }] }): ToldRule[] => {
      const entry = catalogue.get(id);
      if (entry === undefined) return [];
      const full = `${ruleIdPrefixOf(source.subject)}${id}`;
      return [
        {
          id: full,
          anchor: id,
          entry,
          values: below('input', entry.reads),
          configuration: below('data', entry.reads),
          tests: tests?.get(id) ?? { firing: [], silent: [] },
          cases: cases.filter(({ answer }) => answer.because?.includes(full)).map(({ when }) => when),
          overrides: overrides.filter(({ lifts }) => lifts.includes(full)),
          file: module.source.file,
          row: rule.location.row,
        },
      ];
    })
    .sort((a, b) => compare(a.id, b.id));
}

function below(root: 'input' | 'data', reads: readonly string[]): string[] {
  return reads.flatMap((path) => {
    if (path === root) return ['*'];
    return path.startsWith(`${root}.`) ? [path.slice(root.length + 1)] : [];
  });
}

function configurationOf(rules: readonly ToldRule[], { subject }: ReadPolicy): ToldValue[] {
  const paths = [...new Set(rules.flatMap(({ configuration }) => configuration))].sort(compare);
  return paths.map((path) => ({
    path,
    value: path === '*' ? undefined : valueAt(subject.data, path.split('.')),
    readBy: rules.filter(({ configuration }) => configuration.includes(path)).map(({ id }) => id),
  }));
}
