import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CORPUS_LIMITS, Failure } from '@bailiff/contract';
import { Command, InvalidArgumentError } from 'commander';
import pc from 'picocolors';
import { corpusText } from '../../distribution/corpus/corpus-file.ts';
import { opaTestsOf } from '../../distribution/corpus/opa-tests.ts';
import { BundleFailure } from '../../distribution/finding.ts';
import { warningText } from '../bundle/build-folder.ts';
import { type FilterOptions, filterOf, withFilterOptions } from '../record/decision-filter.ts';
import { openStore, type StoreOptions, withStoreOptions } from '../record/store.ts';
import { acceptFlips, checkFile } from './check.ts';
import { corpusIn, type ReleaseOptions } from './checked-release.ts';
import { ANY_RELEASE, casesOf, savedRelease, tellSaved } from './save.ts';
import { checkJson, tellCheck } from './tell-check.ts';

const LIMIT_DEFAULT = 500;
const REFUSED_EXIT_CODE = 1;

interface SaveArguments extends StoreOptions, FilterOptions {
  readonly output: string;
  readonly limit: number;
  readonly all?: true;
  readonly tag?: readonly string[];
  readonly release?: string;
}

interface CheckArguments extends ReleaseOptions {
  readonly json?: true;
}

/** `bailiff corpus`: recorded decisions that a release is held to. */
export function corpusCommand(): Command {
  return new Command('corpus')
    .description('Keep recorded decisions, and hold a release to them.')
    .addCommand(saveCommand())
    .addCommand(checkCommand())
    .addCommand(acceptCommand())
    .addCommand(exportCommand());
}

function saveCommand(): Command {
  return withFilterOptions(
    withStoreOptions(
      new Command('save').description(
        'Save recorded decisions to a file, few of each kind, the newest first.',
      ),
    ),
  )
    .requiredOption('-o, --output <file>', 'the file to write')
    .option('--limit <number>', `at most this many, up to ${CORPUS_LIMITS.cases}`, limitOf, LIMIT_DEFAULT)
    .option(
      '--release <version>',
      `decided by this release; \`${ANY_RELEASE}\` for all (default: the one that decides)`,
    )
    .option('--all', 'also those with the same outcome, rules, scope and target as another')
    .option('--tag <word...>', 'words that each case carries')
    .action(async (options: SaveArguments) => {
      const { output: file, policyVersion: condition, release = condition } = options;
      if (condition !== undefined && condition !== release)
        throw new Failure('bad_request', '--policy-version and --release name different releases.');
      const { signal } = new AbortController();
      await using reader = await openStore(options);
      const policyVersion = await savedRelease(reader, release, signal);
      const { policyVersion: _, ...filter } = filterOf(options);
      const saving = {
        filter,
        policyVersion,
        limit: options.limit,
        all: options.all === true,
        tags: options.tag ?? [],
      };
      const saved = await casesOf(reader, saving, signal);
      const told = tellSaved(saved, { file, policyVersion });
      if (saved.cases.length === 0) {
        process.stderr.write(`${told}Nothing was written.\n`);
        process.exitCode = REFUSED_EXIT_CODE;
        return;
      }
      const savedAt = new Date().toISOString();
      await writeFile(file, corpusText({ ...saved, savedAt }));
      process.stdout.write(told);
    });
}

function checkCommand(): Command {
  return withReleaseOptions(
    new Command('check')
      .description('Decide a corpus by a release, and show what is decided otherwise.')
      .argument('[file]', 'the corpus (default: the one that release.yaml names)'),
  )
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExit code: 0 nothing flips, 1 something does or a file is refused.')
    .action((file: string | undefined, options: CheckArguments) =>
      toldRefusals(async () => {
        const { check, checked } = await checkFile(file, options, new AbortController().signal);
        process.stderr.write(checked.doubts.map(warningText).join(''));
        process.stdout.write(
          options.json ? `${JSON.stringify(checkJson(check), null, 2)}\n` : tellCheck(check, pc),
        );
        if (check.outcome === 'failed') process.exitCode = REFUSED_EXIT_CODE;
      }),
    );
}

function acceptCommand(): Command {
  return withReleaseOptions(
    new Command('accept')
      .description('Expect from now on what the release says of the named cases, or of all.')
      .argument('<file>', 'the corpus, which is written anew')
      .argument('[id...]', 'cases'),
  )
    .option('--all', 'every case that is decided or explained otherwise')
    .action((file: string, ids: readonly string[], { all, ...options }: ReleaseOptions & { all?: true }) =>
      toldRefusals(async () => {
        if (all === undefined && ids.length === 0)
          throw new Failure(
            'bad_request',
            'Name the cases to accept, or give --all. `corpus check` lists them.',
          );
        const checked = await checkFile(file, options, new AbortController().signal);
        process.stderr.write(checked.checked.doubts.map(warningText).join(''));
        const accepting = all ? ({ kind: 'all' } as const) : ({ kind: 'named', ids } as const);
        const accepted = await acceptFlips(checked, accepting, Date.now());
        const flips = accepted.filter(({ id }) => checked.check.flips.some((flip) => flip.id === id));
        const detail = `${accepted.length} of ${checked.corpus.cases.length} expectations were written anew.`;
        const shown = { ...checked.check, outcome: 'passed', flips, explainedOtherwise: [], detail } as const;
        process.stdout.write(tellCheck(shown, pc));
      }),
    );
}

function exportCommand(): Command {
  return new Command('export')
    .description('Write a corpus as tests for plain `opa test`, which hold a composed release to it.')
    .argument('<file>', 'the corpus')
    .requiredOption('-o, --output <dir>', 'folder to write to; it is made')
    .action((file: string, { output }: { output: string }) =>
      toldRefusals(async () => {
        const corpus = await corpusIn(file);
        await mkdir(output, { recursive: true });
        for (const [name, text] of opaTestsOf(corpus)) await writeFile(join(output, name), text);
        process.stdout.write(
          `${corpus.cases.length} tests written to ${output}\n  ./bailiff bundle build -o release.tar.gz\n  opa test --bundle release.tar.gz ${output}\n`,
        );
      }),
    );
}

function withReleaseOptions(command: Command): Command {
  return command
    .option('--release <dir>', 'folder with release.yaml (default: the policy folder of the configuration)')
    .option('--bundle <file>', 'a composed bundle, as `bundle build -o` writes it, instead')
    .option('--config <file>', 'configuration (default: ./bailiff.yaml, else the example’s)');
}

/** Refused sources and files are told, line by line; anything else goes on. */
async function toldRefusals(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    if (!(thrown instanceof BundleFailure)) throw thrown;
    process.stderr.write(`${thrown.detail}\n`);
    process.exitCode = REFUSED_EXIT_CODE;
  }
}

function limitOf(text: string): number {
  const limit = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > CORPUS_LIMITS.cases)
    throw new InvalidArgumentError(`Give a whole number from 1 to ${CORPUS_LIMITS.cases}.`);
  return limit;
}
