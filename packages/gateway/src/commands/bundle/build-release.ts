import { writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { Failure } from '@bailiff/contract';
import pc from 'picocolors';
import type { LoadedConfiguration } from '../../config.ts';
import type { BuiltRelease } from '../../distribution/build-release.ts';
import { type BundleTest, type BundleTestReport, testBundles } from '../../distribution/bundle-tests.ts';
import type { OverrideAlarm } from '../../distribution/composition/overrides.ts';
import { configuredServerFindings } from '../configured-servers.ts';
import { opaPath } from '../places.ts';
import { buildFolder, refuseNoPolicy, warningText } from './build-folder.ts';
import { dataDirectoryOf } from './fetched-sources.ts';
import { type BundleOutcome, jsonOf, outcomeOf, placeOf } from './outcome.ts';

export interface BundleBuildOptions {
  /** Where the composed bundle is written; it is only checked when absent. */
  readonly output?: string;
  readonly json?: true;
  /** Configuration whose servers the release should register; servers are not looked at when absent. */
  readonly configuration?: LoadedConfiguration | undefined;
  /** Leaves out the bundles that come from a source. */
  readonly withoutSources?: true;
}

/** Builds and tests a release. Refusals are an outcome; anything else that goes wrong throws. */
export function bundleBuild(directory: string, options: BundleBuildOptions): Promise<BundleOutcome> {
  const { output, json, configuration, withoutSources } = options;
  if (output !== undefined && withoutSources)
    throw new Failure(
      'bad_request',
      'A release without the bundles that are fetched is none to write: leave -o or --without-sources away.',
    );
  return outcomeOf(directory, json, async () => {
    refuseNoPolicy(directory, { isRelease: true });
    const dataDirectory = dataDirectoryOf(directory, configuration);
    const built = await buildFolder(directory, { dataDirectory, withoutSources });
    const tests = await testBundles(built, { opa: opaPath() });
    const warnings = [
      ...built.warnings.map((warning) => ({ ...warning, file: placeOf(directory, warning.file) })),
      ...(configuration === undefined ? [] : await serverWarnings(configuration, built)),
    ];
    const exitCode = tests.failed === 0 ? 0 : 1;
    if (output !== undefined && exitCode === 0) await writeFile(output, built.release.bundle);
    const written = exitCode === 0 ? output : undefined;
    const out = json
      ? jsonOf({ ...releaseSummary(built, tests, written), warnings })
      : `${releaseText(directory, { ...built, warnings }, tests, written)}${exitCode === 0 && !withoutSources ? TAKEN_UP : ''}`;
    return { exitCode, out, error: '' };
  });
}

const TAKEN_UP =
  'A gateway that runs on this folder takes it up by itself; ./bailiff release status says when.\n';

/** Tests the bundles of a release, which have to build for that. */
export function bundleTest(
  directory: string,
  { json, configuration, withoutSources }: Omit<BundleBuildOptions, 'output'>,
): Promise<BundleOutcome> {
  return outcomeOf(directory, json, async () => {
    refuseNoPolicy(directory, { isRelease: true });
    const dataDirectory = dataDirectoryOf(directory, configuration);
    const built = await buildFolder(directory, { dataDirectory, withoutSources });
    const tests = await testBundles(built, { opa: opaPath() });
    return {
      exitCode: tests.failed === 0 ? 0 : 1,
      out: json
        ? jsonOf({ ...tests, warnings: built.doubts })
        : `${built.doubts.map(warningText).join('')}${testsText(directory, tests)}`,
      error: '',
    };
  });
}

async function serverWarnings(configuration: LoadedConfiguration, { release }: BuiltRelease) {
  const found = await configuredServerFindings(configuration, release);
  return found.map(({ server: _server, ...finding }) => ({ ...finding, file: relative('', finding.file) }));
}

function releaseSummary(
  { release, alarms }: Pick<BuiltRelease, 'release' | 'alarms'>,
  { passed, failed, skipped }: BundleTestReport,
  output: string | undefined,
) {
  const rules = [...release.rules.values()];
  return {
    policy_version: release.policyVersion,
    digest: release.digest,
    bundles: Object.entries(release.data.bundles).map(([name, revision]) => ({
      name,
      revision,
      rules: rules.filter(({ bundle }) => bundle === name).map(({ id, kind, mode }) => ({ id, kind, mode })),
    })),
    alarms,
    tests: { passed, failed, skipped },
    ...(output === undefined ? {} : { output }),
  };
}

function releaseText(
  directory: string,
  built: BuiltRelease,
  tests: BundleTestReport,
  output: string | undefined,
): string {
  const { policy_version, bundles, alarms } = releaseSummary(built, tests, output);
  const width = Math.max(...bundles.map(({ name }) => name.length), 0);
  return [
    `release ${pc.bold(policy_version)}\n`,
    ...bundles.map(({ name, revision, rules }) => {
      const others = rules.filter(({ mode }) => mode !== 'enforce');
      const named = others.map(({ id, mode }) => `${id} ${mode}`).join(', ');
      const count = `${rules.length} ${rules.length === 1 ? 'rule' : 'rules'}`;
      return `  ${name.padEnd(width)}  ${revision}  ${count}${named === '' ? '' : ` (${named})`}\n`;
    }),
    ...alarms.map((alarm) => alarmText(directory, alarm)),
    ...built.warnings.map(warningText),
    testsText(directory, tests),
    ...(output === undefined ? [] : [`written to ${output}\n`]),
  ].join('');
}

function alarmText(directory: string, { id, reason, file, row }: OverrideAlarm): string {
  return `${pc.yellow('alarm')} ${placeOf(directory, file)}:${row}: override ${id} is dropped: ${reason}\n`;
}

function testsText(directory: string, { passed, failed, skipped, tests }: BundleTestReport): string {
  const failures = tests
    .filter(({ outcome }) => outcome === 'failed')
    .map((test) => `${pc.red('failed')} ${testPlace(directory, test)}\n`);
  const why = failed === 0 ? '' : `\`./bailiff policy test ${placeOf('', directory) || '.'}\` says why.\n`;
  return `${failures.join('')}tests: ${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n${why}`;
}

function testPlace(directory: string, { file, row, name, detail }: BundleTest): string {
  return `${placeOf(directory, file)}:${row}: ${name}${detail === '' ? '' : `: ${detail}`}`;
}
