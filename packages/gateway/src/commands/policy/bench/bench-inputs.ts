import { readFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { Failure, type JsonObject, type Release } from '@bailiff/contract';
import { BundleFailure } from '../../../distribution/finding.ts';
import { readCases } from '../../../distribution/proof/case-files.ts';
import { isObject, readDocument } from '../../../distribution/sources/document.ts';
import { SourceFolder } from '../../../distribution/sources/folder.ts';
import { placeOf, taken } from '../../bundle/outcome.ts';
import { casesOf } from '../../corpus/save.ts';
import { openStore, type StoreOptions } from '../../record/store.ts';
import { inputCompleter } from '../test/complete-input.ts';
import { wholeCases } from '../test/decide-cases.ts';
import { configurationOf, type TestedFolder } from '../test/tested-folder.ts';

/** What decisions are measured for. */
export interface InputOptions extends StoreOptions {
  /** A file with one input, whole or as a case has it. */
  readonly input?: string;
  /** So many of the newest recorded decisions. */
  readonly fromRecord?: number;
}

/** Inputs as JSON, and where they come from, for people. */
export interface BenchInputs {
  readonly texts: readonly string[];
  readonly from: string;
}

/** Inputs that are measured at most. */
export const INPUTS_MAX = 1_000;

/**
 * The input that is named, recorded ones, else those of the cases.
 * @throws Failure `bad_request` where there is none; BundleFailure where what is named cannot be used.
 */
export async function benchInputs(
  folder: TestedFolder & { readonly release: Release },
  options: InputOptions,
): Promise<BenchInputs> {
  if (options.input !== undefined)
    return { texts: [await inputIn(options.input, folder)], from: options.input };
  if (options.fromRecord !== undefined) return await recorded(folder.directory, options.fromRecord, options);
  const { cases, findings } = await readCases(new SourceFolder(folder.directory), folder.sources.bundles);
  const read = await wholeCases(cases, folder);
  if (findings.length + read.findings.length > 0) throw new BundleFailure([...findings, ...read.findings]);
  if (read.whole.length === 0)
    throw new Failure(
      'bad_request',
      'There is nothing to decide: name a file with --input, take recorded decisions with --from-record N, or write cases (docs/guides/testing.md).',
    );
  const texts = read.whole.slice(0, INPUTS_MAX).map(({ inputText }) => inputText);
  return { texts, from: `${texts.length} cases` };
}

async function inputIn(
  named: string,
  { directory, release, servers }: TestedFolder & { readonly release: Release },
) {
  const text = await readFile(named, 'utf8').catch((cause: Error) => {
    throw new Failure('bad_request', `${named} cannot be read: ${cause.message}`, { cause });
  });
  // Findings name files below the policy folder, and are told from where the command is run.
  const file = relative(directory, resolve(named));
  const document = taken(readDocument({ file, text }));
  const { value } = document;
  if (!isObject(value)) throw new Failure('bad_request', `${named} holds no object.`);
  const { schema: _schema, ...short } = value as JsonObject;
  const completed = await inputCompleter(release, servers)(short);
  if (completed.kind === 'input') return JSON.stringify(completed.input);
  const { path, detail, mend } = completed;
  throw new BundleFailure([{ file, row: document.rowOf(path), code: 'case_input_invalid', detail, mend }]);
}

/**
 * Where the record of a policy folder is: as the options say, else by the configuration that names the folder.
 * @throws Failure `bad_request` where none is known: another gateway’s decisions say nothing of this folder.
 */
async function storeOf(directory: string, { config, dataDir }: StoreOptions): Promise<StoreOptions> {
  if (dataDir !== undefined) return { dataDir };
  if (config !== undefined) return { config };
  const loaded = await configurationOf(directory);
  if (loaded !== undefined) return { dataDir: loaded.configuration.data_dir };
  throw new Failure(
    'bad_request',
    `No configuration at hand names ${placeOf('', directory)} as its policy folder, so that its record is not known. Name the gateway’s with --config, or the folder of the record with --data-dir.`,
  );
}

async function recorded(directory: string, limit: number, options: StoreOptions): Promise<BenchInputs> {
  await using reader = await openStore(await storeOf(directory, options));
  const saving = {
    filter: {},
    policyVersion: undefined,
    limit: Math.min(limit, INPUTS_MAX),
    all: true,
    tags: [],
  };
  const { cases, looked } = await casesOf(reader, saving, new AbortController().signal);
  if (cases.length === 0)
    throw new Failure('bad_request', `None of ${looked} recorded decisions can be decided again.`);
  const texts = cases.map(({ input }) => JSON.stringify(input));
  return { texts, from: `${texts.length} recorded decisions` };
}
