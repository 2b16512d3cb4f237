import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Failure } from '@bailiff/contract';
import { Command } from 'commander';
import { compare } from '../../../distribution/finding.ts';
import { readPolicy } from '../../../distribution/review/read-policy.ts';
import { bundleSubjectOf } from '../../../distribution/sources/bundle-name.ts';
import { fetchedSources, usualDataDirectory, WITHOUT_SOURCES } from '../../bundle/fetched-sources.ts';
import { type BundleOutcome, outcomeOf, placeOf, print } from '../../bundle/outcome.ts';
import { FOLDER, placeOfPolicy, policyFolder } from '../policy-folder.ts';
import { untoldText } from '../untold.ts';
import { bundlePage, MADE } from './bundle-page.ts';
import { fileOfBundle, indexPage } from './index-page.ts';
import { leftOutPage } from './left-out-page.ts';
import { type ToldPolicy, toldPolicy } from './told-policy.ts';

export interface DocsOptions {
  readonly out: string;
  /** When overrides have to hold to be told. */
  readonly at: Date;
  /** Leaves out the bundles that come from a source. */
  readonly withoutSources?: true | undefined;
}

/** `bailiff policy docs`: pages about the bundles of a folder, for people who read no Rego. */
export function docsCommand(): Command {
  return new Command('docs')
    .description(
      'Write a page about each bundle, and an index with the rules that serve each control: what every rule does, who answers for it, what people are told, its exceptions and its tests. In Markdown, without any Rego.',
    )
    .argument('[dir]', FOLDER)
    .option(
      '-o, --out <dir>',
      'folder for the pages; pages of bundles that are gone are removed',
      'policy-docs',
    )
    .option('--at <time>', 'tell the overrides that hold then, as 2026-12-01T00:00:00Z (default: now)')
    .option(...WITHOUT_SOURCES)
    .action(async (dir: string | undefined, { at, ...options }: Asked) =>
      print(await policyDocs(dir, { ...options, at: at === undefined ? new Date() : timeOf(at) })),
    );
}

/** Options as they are typed. */
interface Asked extends Omit<DocsOptions, 'at'> {
  readonly at?: string;
}

/**
 * Writes the pages of a folder, with what it takes from sources as these have it now. What cannot be fetched has a page that says so.
 * @throws Failure where a file in the way was not made by this command.
 */
export async function policyDocs(
  dir: string | undefined,
  { out, at, withoutSources }: DocsOptions,
): Promise<BundleOutcome> {
  const directory = await policyFolder(dir);
  return await outcomeOf(directory, undefined, async () => {
    const dataDirectory = await usualDataDirectory(directory);
    const sources = await fetchedSources(directory, { dataDirectory, withoutSources });
    const policy = await readPolicy({ ...placeOfPolicy(directory, at), fetched: sources.fetched });
    const pages = pagesOf(toldPolicy(policy, { at, absent: sources.absent }));
    const folder = resolve(out);
    const made = await pagesMadeIn(folder);
    const foreign = [...pages.keys()].filter((page) => !made.has(page) && existsSync(join(folder, page)));
    if (foreign.length > 0)
      throw new Failure(
        'bad_request',
        `${placeOf('', join(folder, foreign[0] ?? ''))} was not made by this command. Name another folder with --out, or remove it.`,
      );
    for (const [page, text] of pages) {
      await mkdir(dirname(join(folder, page)), { recursive: true });
      await writeFile(join(folder, page), text);
    }
    const gone = [...made].filter((page) => !pages.has(page));
    for (const page of gone) await rm(join(folder, page));
    const index = placeOf('', join(folder, INDEX));
    const removed =
      gone.length === 0
        ? ''
        : `, ${gone.length} removed that ${gone.length === 1 ? 'is' : 'are'} of no bundle any more`;
    return {
      exitCode: 0,
      out: `${pages.size} pages${removed}; begin at ${index}\n`,
      error: untoldText(directory, sources),
    };
  });
}

const INDEX = 'README.md';

/** Path below the folder of the pages → text. The same policy at the same time always gives the same. */
export function pagesOf(policy: ToldPolicy): Map<string, string> {
  const pages = policy.bundles.map((bundle): [string, string] => [
    fileOfBundle(bundle.name),
    bundlePage(bundle),
  ]);
  const untold = policy.leftOut.map((bundle): [string, string] => [
    fileOfBundle(bundle.name),
    leftOutPage(bundle),
  ]);
  return new Map([[INDEX, indexPage(policy)], ...pages, ...untold]);
}

async function pagesMadeIn(folder: string): Promise<Set<string>> {
  const names = await readdir(folder, { recursive: true }).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return [];
    throw new Failure(
      'bad_request',
      `The pages cannot be written to ${placeOf('', folder)}: ${thrown.message}.`,
    );
  });
  const found = new Set<string>();
  // Below it may lie what was made of another policy: only what could be a page of this one is looked at.
  for (const name of names.filter(isNameOfPage).sort(compare))
    if ((await readFile(join(folder, name), 'utf8')).startsWith(MADE)) found.add(name);
  return found;
}

function isNameOfPage(path: string): boolean {
  return (
    path === INDEX || (path.endsWith('.md') && bundleSubjectOf(path.slice(0, -'.md'.length)) !== undefined)
  );
}

function timeOf(text: string): Date {
  const time = new Date(text);
  if (Number.isNaN(time.getTime()))
    throw new Failure('bad_request', `--at is no time: write it as 2026-12-01T00:00:00Z.`);
  return time;
}
