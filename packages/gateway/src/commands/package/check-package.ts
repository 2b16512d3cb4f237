import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { type PackageManifest, ReleaseManifest } from '@bailiff/contract';
import pc from 'picocolors';
import { type BuiltRelease, buildRelease } from '../../distribution/build-release.ts';
import { type BundleTestReport, testBundles } from '../../distribution/bundle-tests.ts';
import { BundleFailure, type Finding, lineOfFinding } from '../../distribution/finding.ts';
import { checkRelease } from '../../distribution/lint/check/check-release.ts';
import type { LintFinding } from '../../distribution/lint/finding.ts';
import { PACKAGE_FILE } from '../../distribution/packages/package-folders.ts';
import { type ReadPackage, readPackages } from '../../distribution/packages/read-packages.ts';
import { catalogueOf } from '../../distribution/packages/united-sources.ts';
import { namedIn } from '../../distribution/sources/catalogue-findings.ts';
import { SourceFolder } from '../../distribution/sources/folder.ts';
import { warningText } from '../bundle/build-folder.ts';
import { type BundleOutcome, done, type JsonOption, outcomeOf, placeOf, taken } from '../bundle/outcome.ts';
import { kernelDirectory, opaPath } from '../places.ts';
import { placeholdersIn } from './placeholders.ts';

export interface CheckPackageOptions extends JsonOption {
  /** Ends with 1 on warnings too. */
  readonly strict?: boolean;
}

/** Composes a release of a package alone, runs its tests and lints it. Refusals are an outcome; anything else that goes wrong throws. */
export async function checkPackage(
  directory: string,
  { json, strict = false }: CheckPackageOptions,
): Promise<BundleOutcome> {
  const release = await mkdtemp(join(tmpdir(), 'bailiff-package-'));
  try {
    return await outcomeOf(release, json, async () => {
      const one = await writeRelease(release, directory);
      const opa = opaPath();
      const built = await buildRelease({ directory: release, kernel: kernelDirectory(), opa });
      const tests = await testBundles(built, { opa });
      // What the builder warns of is among it.
      const linted = await lintFindings(release, opa);
      const placed = (at: string) => (finding: Finding) => ({ ...finding, file: placeOf(at, finding.file) });
      const ofGrade = (grade: LintFinding['severity']) =>
        linted
          .filter(({ severity }) => severity === grade)
          .map(withoutGrade)
          .map(placed(release));
      const errors = ofGrade('error');
      const left = await placeholdersIn(directory);
      const warnings = [...left.map(placed(directory)), ...ofGrade('warning')];
      const told = { release: built.release, errors, warnings };
      const outcome = done(json, summaryOf(one, told, tests), textOf(one, told, { ...tests, release }));
      const isFailed = tests.failed > 0 || errors.length > 0 || (strict && warnings.length > 0);
      return { ...outcome, exitCode: isFailed ? 1 : 0 };
    });
  } finally {
    await rm(release, { recursive: true, force: true });
  }
}

async function lintFindings(directory: string, opa: string): Promise<readonly LintFinding[]> {
  const tools = { opa, signal: new AbortController().signal, now: new Date() };
  return (await checkRelease({ directory, kernel: kernelDirectory() }, tools)).findings;
}

function withoutGrade({ file, row, code, detail, mend }: LintFinding): Finding {
  return { file, row, code, detail, mend };
}

/** A release of this package and nothing else, whose catalogue declares what the package names. */
async function writeRelease(release: string, directory: string): Promise<ReadPackage> {
  const manifest = {
    name: 'package_check',
    version: '0.0.0',
    catalogue: 'catalogue.yaml',
    bundles: {},
    packages: [relative(release, directory)],
  };
  await writeFile(join(release, 'release.yaml'), JSON.stringify(manifest));
  const tree = new SourceFolder(release);
  const said = taken(await tree.valid('release.yaml', ReleaseManifest));
  const { packages, findings } = await readPackages(said, { tree });
  const [one] = packages;
  if (one === undefined)
    throw new BundleFailure(findings.map((finding) => atPackage(finding, manifest.packages, directory)));
  const declared = { data_classes: new Map<string, object>(), regions: new Map<string, object>() };
  for (const { kind, name } of namedIn(catalogueOf(one, { data_classes: {}, regions: {} })))
    declared[kind].set(name, { title: name });
  const catalogue = {
    data_classes: Object.fromEntries(declared.data_classes),
    regions: Object.fromEntries(declared.regions),
    servers: {},
  };
  await writeFile(join(release, 'catalogue.yaml'), JSON.stringify(catalogue));
  return one;
}

/** Nobody wrote the release that is checked, nor would know its folder’s way to the package. */
function atPackage(finding: Finding, [folder = '']: readonly string[], directory: string): Finding {
  const file = finding.file === 'release.yaml' ? join(folder, PACKAGE_FILE) : finding.file;
  return { ...finding, file, detail: finding.detail.replace(folder, () => relative('', directory)) };
}

/** What a package came to, graded. */
interface ToldPackage extends Pick<BuiltRelease, 'release'> {
  readonly errors: readonly Finding[];
  readonly warnings: readonly Finding[];
}

function summaryOf(
  { manifest, bundle }: ReadPackage,
  { release, errors, warnings }: ToldPackage,
  { passed, failed, skipped }: BundleTestReport,
) {
  return {
    kind: manifest.kind,
    name: manifest.name,
    version: manifest.version,
    bundle: bundle?.name ?? null,
    launches: release.data.launches,
    rules: [...release.rules.values()].map(({ id, kind, mode }) => ({ id, kind, mode })),
    declared: declaredBy(release.catalogue),
    errors,
    warnings,
    tests: { passed, failed, skipped },
  };
}

function textOf(
  { manifest, bundle }: ReadPackage,
  { release, errors, warnings }: ToldPackage,
  { passed, failed, tests, release: directory }: BundleTestReport & { readonly release: string },
): string {
  const { data_classes, regions } = declaredBy(release.catalogue);
  const names = [...data_classes, ...regions];
  const failures = tests.filter(({ outcome }) => outcome === 'failed');
  return [
    `${manifest.kind} ${pc.bold(manifest.name)} ${manifest.version}, owner ${manifest.owner}\n`,
    ...whatOf(manifest).map((line) => `  ${line}\n`),
    ...(bundle === undefined
      ? []
      : [`  bundle ${bundle.name}, ${release.rules.size} ${release.rules.size === 1 ? 'rule' : 'rules'}\n`]),
    ...Object.values(release.data.launches).map(({ kind, what }) => `  launched from the ${kind} ${what}\n`),
    names.length === 0 ? '' : `  names what the company’s catalogue has to declare: ${names.join(', ')}\n`,
    ...errors.map((finding) => `${pc.red('error')} ${lineOfFinding(finding)}\n`),
    ...warnings.map(warningText),
    ...failures.map(
      ({ file, row, name, detail }) =>
        `${pc.red('failed')} ${placeOf(directory, file)}:${row}: ${name} ${detail}\n`,
    ),
    `tests: ${passed} passed, ${failed} failed\n`,
  ].join('');
}

function whatOf(manifest: PackageManifest): string[] {
  if (manifest.kind === 'server') return [];
  const { scope, owner_team, versions } = manifest.agent;
  const others = versions.length === 0 ? '' : `, beside ${versions.join(', ')}`;
  return [`agent of ${owner_team} with the scope ${scope}, as version ${manifest.version}${others}`];
}

function declaredBy({ data_classes, regions }: BuiltRelease['release']['catalogue']) {
  return { data_classes: Object.keys(data_classes), regions: Object.keys(regions) };
}
