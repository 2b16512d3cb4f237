import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { TrustedKey } from '@bailiff/contract';
import { Command, InvalidArgumentError, Option } from 'commander';
import { loadConfiguration } from '../../config.ts';
import { defaultConfigurationFile } from '../places.ts';
import { type ApproveOptions, bundleApprove } from './approve.ts';
import { buildPart } from './build-part.ts';
import { bundleBuild, bundleTest } from './build-release.ts';
import { WITHOUT_SOURCES } from './fetched-sources.ts';
import { bundleInspect } from './inspect.ts';
import { type JsonOption, print } from './outcome.ts';
import { PLACE, type RegistryOptions, withRegistryOptions } from './part-place.ts';
import { bundleSign, type SignOptions } from './sign.ts';
import { bundlePull, bundlePush } from './transfer.ts';
import { bundleVerify, type VerifyOptions } from './verify.ts';

const JSON_OPTION = ['--json', 'print the result as JSON'] as const;

/** `bailiff bundle`: what can be done with the sources of a release and with bundles that travel, without a gateway. */
export function bundleCommand(): Command {
  return new Command('bundle')
    .description('Build, test, sign, verify, approve and move policy bundles.')
    .addCommand(buildCommand())
    .addCommand(testCommand())
    .addCommand(signCommand())
    .addCommand(verifyCommand())
    .addCommand(approveCommand())
    .addCommand(inspectCommand())
    .addCommand(pushCommand())
    .addCommand(pullCommand())
    .addHelpText(
      'after',
      '\nExit code: 0 all is well, 1 something is refused or a test fails, 2 it could not be done.',
    );
}

interface BuildArguments extends JsonOption {
  readonly config?: string;
  readonly output?: string;
  readonly bundle?: string;
  readonly author?: string;
  readonly withoutSources?: true;
}

function buildCommand(): Command {
  return new Command('build')
    .description(
      'Check the bundles of a folder, run their tests, and compose them into one release. Of a folder with a bundle.yaml, or with --bundle: check that bundle alone and pack it to be signed and to travel.',
    )
    .argument(
      '[dir]',
      'folder with release.yaml, or of one bundle (default: the policy folder of ./bailiff.yaml, else the example’s)',
    )
    .option('-o, --output <file>', 'write the composed release, or the packed bundle, to this file')
    .option('--bundle <name>', 'pack this bundle of the release alone')
    .option('--author <person>', 'who made the change, and so may not approve it; for a bundle alone')
    .option(
      '--config <file>',
      'configuration whose servers the release should register (default: ./bailiff.yaml or the example’s, where this is its policy folder)',
    )
    .option(...WITHOUT_SOURCES)
    .option(...JSON_OPTION)
    .action(async (dir: string | undefined, options: BuildArguments) => {
      const { config, bundle, author, ...rest } = options;
      if (bundle !== undefined || (dir !== undefined && isBundleFolder(dir))) {
        const { directory } = await placesOf(dir, undefined);
        print(await buildPart(directory, { ...rest, ...(bundle && { bundle }), ...(author && { author }) }));
        return;
      }
      const { directory, configuration } = await placesOf(dir, config);
      print(await bundleBuild(directory, { configuration, ...rest }));
    });
}

function testCommand(): Command {
  return new Command('test')
    .description('Run the tests of the bundles of a folder.')
    .argument(
      '[dir]',
      'folder with release.yaml (default: the policy folder of ./bailiff.yaml, else the example’s)',
    )
    .option(...WITHOUT_SOURCES)
    .option(...JSON_OPTION)
    .action(async (dir: string | undefined, options: JsonOption & { readonly withoutSources?: true }) => {
      const { directory, configuration } = await placesOf(dir, undefined);
      print(await bundleTest(directory, { configuration, ...options }));
    });
}

function signCommand(): Command {
  return withKeyOptions(
    new Command('sign')
      .description(
        'Sign a bundle with `opa sign`, so that gateways and any OPA can verify it. Of a folder: write .manifest and .signatures.json there.',
      )
      .argument('<file>', 'bundle file that `bundle build` wrote, or folder of one bundle'),
  )
    .option(
      '--author <person>',
      'who made the change, and so may not approve it (default: whom the bundle names)',
    )
    .option('--expires-in-days <days>', 'how long the signature holds', days, 365)
    .option('-o, --output <file>', 'write the signed bundle here instead of in its place')
    .option(...JSON_OPTION)
    .action(async (file: string, options: SignOptions) => print(await bundleSign(file, options)));
}

function verifyCommand(): Command {
  return withRegistryOptions(
    new Command('verify')
      .description(
        'Verify signature, content and approvals of a bundle by the keys and owners that a release registers, as a gateway does.',
      )
      .argument('<bundle>', PLACE)
      .requiredOption('--release <dir>', 'folder with the release.yaml that registers it')
      .option('--bundle <name>', 'name that it is registered under (default: the one it gives itself)'),
  )
    .option(...JSON_OPTION)
    .action(async (bundle: string, options: VerifyOptions) => print(await bundleVerify(bundle, options)));
}

function approveCommand(): Command {
  return withRegistryOptions(
    withKeyOptions(
      new Command('approve')
        .description(
          'Approve exactly this content of a bundle: sign its name and digest. Look at it first with `bundle inspect`.',
        )
        .argument('<bundle>', PLACE)
        .option('--as <person>', 'who approves, as the release registers the key')
        .option('--release <dir>', 'folder with the release.yaml that says whose the key is'),
    ),
  )
    .option(...JSON_OPTION)
    .action(async (bundle: string, options: ApproveOptions) => print(await bundleApprove(bundle, options)));
}

function inspectCommand(): Command {
  return withRegistryOptions(
    new Command('inspect')
      .description('Tell what a bundle says of itself: version, digest, signature, approvals, rules, files.')
      .argument('<bundle>', PLACE),
  )
    .option(...JSON_OPTION)
    .action(async (bundle: string, options: JsonOption & RegistryOptions) =>
      print(await bundleInspect(bundle, options)),
    );
}

function pushCommand(): Command {
  return withRegistryOptions(
    new Command('push')
      .description('Push a bundle and the approvals beside it to an OCI registry.')
      .argument('<file>', 'bundle file')
      .argument('<reference>', '<registry>/<repository>:<tag>'),
  )
    .option(...JSON_OPTION)
    .action(async (file: string, reference: string, options: JsonOption & RegistryOptions) =>
      print(await bundlePush(file, reference, options)),
    );
}

function pullCommand(): Command {
  return withRegistryOptions(
    new Command('pull')
      .description('Fetch a bundle from an OCI registry, its approvals beside it, without verifying it.')
      .argument('<reference>', '<registry>/<repository>:<tag> or …@sha256:<digest>')
      .requiredOption('-o, --output <file>', 'write the bundle here'),
  )
    .option(...JSON_OPTION)
    .action(async (reference: string, options: JsonOption & RegistryOptions & { readonly output: string }) =>
      print(await bundlePull(reference, options)),
    );
}

function withKeyOptions(command: Command): Command {
  return command
    .requiredOption('--key <file>', 'private key in PEM')
    .requiredOption('--key-id <id>', 'what release.yaml calls the key, under `keys`')
    .addOption(
      new Option('--algorithm <name>', 'algorithm of the key (default: by its kind, RS256 for RSA)').choices(
        TrustedKey.shape.algorithm.unwrap().options,
      ),
    );
}

const DAYS_MAX = 3_650;

function days(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= DAYS_MAX) return value;
  throw new InvalidArgumentError(`Give a whole number from 1 to ${DAYS_MAX}.`);
}

function isBundleFolder(dir: string): boolean {
  return existsSync(join(dir, 'bundle.yaml')) && !existsSync(join(dir, 'release.yaml'));
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
