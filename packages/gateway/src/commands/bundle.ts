import { writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { Command } from 'commander';
import pc from 'picocolors';
import { type LoadedConfiguration, loadConfiguration } from '../config.ts';
import { type BuiltRelease, buildRelease } from '../distribution/build-release.ts';
import { type BundleTest, type BundleTestReport, testBundles } from '../distribution/bundle-tests.ts';
import type { OverrideAlarm } from '../distribution/composition/overrides.ts';
import { BundleFailure, type Finding, lineOfFinding } from '../distribution/finding.ts';
import { configuredServerFindings } from './configured-servers.ts';
import { defaultConfigurationFile, kernelDirectory, opaPath } from './places.ts';

/** What a command prints and exits with. */
export interface BundleOutcome {
  /** 0 when all is well, 1 when the sources are refused or a test fails. */
  readonly exitCode: number;
  readonly out: string;
  readonly error: string;
}

export interface BundleBuildOptions {
  /** Where the composed bundle is written; it is only checked when absent. */
  readonly output?: string;
  readonly json?: true;
  /** Configuration whose servers the release should register; servers are not looked at when absent. */
  readonly configuration?: LoadedConfiguration | undefined;
}

/** `bailiff bundle`: what can be done with the sources of a release, without a gateway. */
export function bundleCommand(): Command {
  const directory =
    'folder with release.yaml (default: the policy folder of ./bailiff.yaml, else the example’s)';
  const build = new Command('build')
    .description(
      'Check the bundles of a folder, run their tests, and compose them into one release. A running gateway takes a change of its policy folder up when it is restarted.',
    )
    .argument('[dir]', directory)
    .option('-o, --output <file>', 'write the composed OPA bundle to this file')
    .option(
      '--config <file>',
      'configuration whose servers the release should register (default: ./bailiff.yaml or the example’s, where this is its policy folder)',
    )
    .option('--json', 'print the result as JSON')
    .action(async (dir: string | undefined, { config, output, json }: BuildArguments) => {
      const { directory, configuration } = await placesOf(dir, config);
      print(
        await bundleBuild(directory, { configuration, ...(output && { output }), ...(json && { json }) }),
      );
    });
  const test = new Command('test')
    .description('Run the tests of the bundles of a folder.')
    .argument('[dir]', directory)
    .option('--json', 'print the result as JSON')
    .action(async (dir: string | undefined, options: { json?: true }) => {
      print(await bundleTest(await directoryOf(dir), options));
    });
  return new Command('bundle')
    .description('Build and test policy bundles.')
    .addCommand(build)
    .addCommand(test)
    .addHelpText('after', '\nExit code: 0 all is well, 1 the sources are refused or a test fails.');
}

/** Builds and tests a release. Refusals are an outcome; anything else that goes wrong throws. */
export function bundleBuild(directory: string, options: BundleBuildOptions): Promise<BundleOutcome> {
  const { output, json, configuration } = options;
  return outcomeOf(directory, json, async () => {
    const opa = opaPath();
    const built = await buildRelease({ directory, kernel: kernelDirectory(), opa });
    const tests = await testBundles(built, { opa });
    const warnings = [
      ...built.warnings.map((warning) => ({ ...warning, file: placeOf(directory, warning.file) })),
      ...(configuration === undefined ? [] : await serverWarnings(configuration, built)),
    ];
    const exitCode = tests.failed === 0 ? 0 : 1;
    if (output !== undefined && exitCode === 0) await writeFile(output, built.release.bundle);
    const written = exitCode === 0 ? output : undefined;
    const out = json
      ? jsonOf({ ...releaseSummary(built, tests, written), warnings })
      : releaseText(directory, { ...built, warnings }, tests, written);
    return { exitCode, out, error: '' };
  });
}

/** Tests the bundles of a release, which have to build for that. */
export function bundleTest(directory: string, { json }: { readonly json?: true }): Promise<BundleOutcome> {
  return outcomeOf(directory, json, async () => {
    const opa = opaPath();
    const tests = await testBundles(await buildRelease({ directory, kernel: kernelDirectory(), opa }), {
      opa,
    });
    return {
      exitCode: tests.failed === 0 ? 0 : 1,
      out: json ? jsonOf(tests) : testsText(directory, tests),
      error: '',
    };
  });
}

async function outcomeOf(
  directory: string,
  json: true | undefined,
  work: () => Promise<BundleOutcome>,
): Promise<BundleOutcome> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof BundleFailure)) throw thrown;
    const findings = thrown.findings.map((finding) => ({
      ...finding,
      file: placeOf(directory, finding.file),
    }));
    if (json) return { exitCode: 1, out: jsonOf({ findings }), error: '' };
    return { exitCode: 1, out: '', error: refusalText(findings) };
  }
}

interface BuildArguments {
  readonly config?: string;
  readonly output?: string;
  readonly json?: true;
}

/** The folder to build, and the configuration that goes with it: the one that is named, or the one that names the folder. */
async function placesOf(dir: string | undefined, config: string | undefined) {
  if (dir === undefined || config !== undefined) {
    const configuration = await loadConfiguration(config ?? defaultConfigurationFile());
    const { directory } = configuration.configuration.policy;
    return { directory: dir === undefined ? directory : resolve(dir), configuration };
  }
  const directory = resolve(dir);
  // A folder can be built without any configuration, so that one which cannot be used is none.
  const configuration = await loadConfiguration(defaultConfigurationFile()).catch(() => undefined);
  const isIts = configuration?.configuration.policy.directory === directory;
  return { directory, configuration: isIts ? configuration : undefined };
}

async function serverWarnings(configuration: LoadedConfiguration, { release }: BuiltRelease) {
  const found = await configuredServerFindings(configuration, release);
  return found.map(({ server: _server, ...finding }) => ({ ...finding, file: relative('', finding.file) }));
}

async function directoryOf(given: string | undefined): Promise<string> {
  if (given !== undefined) return resolve(given);
  return (await loadConfiguration(defaultConfigurationFile())).configuration.policy.directory;
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
    ...built.warnings.map((warning) => `${pc.yellow('warning')} ${lineOfFinding(warning)}\n`),
    testsText(directory, tests),
    ...(output === undefined ? [] : [`written to ${output}\n`]),
    ...(tests.failed === 0
      ? ['A gateway that runs on this folder decides with it once it is restarted.\n']
      : []),
  ].join('');
}

function alarmText(directory: string, { id, reason, file, row }: OverrideAlarm): string {
  return `${pc.yellow('alarm')} ${placeOf(directory, file)}:${row}: override ${id} is dropped: ${reason}\n`;
}

function testsText(directory: string, { passed, failed, skipped, tests }: BundleTestReport): string {
  const failures = tests
    .filter(({ outcome }) => outcome === 'failed')
    .map((test) => `${pc.red('failed')} ${testPlace(directory, test)}\n`);
  return `${failures.join('')}tests: ${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`;
}

function testPlace(directory: string, { file, row, name, detail }: BundleTest): string {
  return `${placeOf(directory, file)}:${row}: ${name}${detail === '' ? '' : `: ${detail}`}`;
}

function refusalText(findings: readonly Finding[]): string {
  const count = `${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}`;
  return `${findings.map((finding) => `${lineOfFinding(finding)}\n`).join('')}refused: ${count}\n`;
}

/** A file as the reader may open it from where the command was run. */
function placeOf(directory: string, file: string): string {
  return relative('', join(directory, file)) || file;
}

function jsonOf(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function print({ exitCode, out, error }: BundleOutcome): void {
  process.stdout.write(out);
  process.stderr.write(error);
  process.exitCode = exitCode;
}
