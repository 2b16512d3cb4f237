import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Failure } from '@bailiff/contract';
import { Command, Option } from 'commander';
import { BundleFailure } from '../../../distribution/finding.ts';
import {
  emptyPolicy,
  type PolicyPlace,
  type ReadPolicy,
  readPolicy,
} from '../../../distribution/review/read-policy.ts';
import {
  type PolicyReview,
  type RuleReview,
  reviewPolicy,
} from '../../../distribution/review/review-policy.ts';
import { SourceFolder, type SourceTree } from '../../../distribution/sources/folder.ts';
import { WITHOUT_SOURCES } from '../../bundle/fetched-sources.ts';
import { type BundleOutcome, jsonOf, outcomeOf, placeOf, print } from '../../bundle/outcome.ts';
import { FOLDER, placeOfPolicy, policyFolder } from '../policy-folder.ts';
import { filesAtRef, repositoryOf } from '../repository.ts';
import { fetchedSides } from './fetched-sides.ts';
import { reviewMarkdown } from './review-markdown.ts';
import { reviewText } from './review-text.ts';

const FORMATS = ['text', 'markdown', 'json'] as const;

export interface ReviewOptions {
  readonly base: string;
  readonly format: (typeof FORMATS)[number];
  readonly withoutSources?: true;
}

/** `bailiff policy review`: what a change does, for those who have to agree to it. */
export function reviewCommand(): Command {
  return new Command('review')
    .description(
      'Tell what changes by rule: added, removed and changed ones, looser or stricter where their text tells, data and the rules that read it, tests, and whose agreement it needs.',
    )
    .argument('[dir]', FOLDER)
    .requiredOption(
      '--base <ref or dir>',
      'what it is compared with: another folder, or a branch, tag or commit of the repository',
    )
    .addOption(new Option('--format <format>', 'how it is printed').choices(FORMATS).default('text', 'text'))
    .option(...WITHOUT_SOURCES)
    .action(async (dir: string | undefined, options: ReviewOptions) =>
      print(await policyReview(dir, options)),
    );
}

/** The review of a folder against a base. @throws Failure where there is no such base. */
export async function policyReview(
  dir: string | undefined,
  { base, format, withoutSources }: ReviewOptions,
): Promise<BundleOutcome> {
  const directory = await policyFolder(dir);
  const tree = await baseOf(directory, base);
  const now = new Date();
  return await outcomeOf(directory, undefined, async () => {
    const {
      before: wasFetched,
      after: isFetched,
      untold,
    } = await fetchedSides(directory, tree, withoutSources);
    const after = await readPolicy({ ...placeOfPolicy(directory, now), fetched: isFetched });
    const before =
      tree === undefined
        ? emptyPolicy(now)
        : await readBase(base, { ...placeOfPolicy(directory, now, tree), fetched: wasFetched });
    return { exitCode: 0, out: told(reviewPolicy(before, after), format), error: untold };
  });
}

/** Where the base is; undefined where the folder was not there yet. */
async function baseOf(directory: string, base: string): Promise<SourceTree | undefined> {
  const folder = resolve(base);
  if (['release.yaml', 'bundle.yaml'].some((file) => existsSync(join(folder, file))))
    return new SourceFolder(folder);
  const repository = await repositoryOf(directory);
  if (repository === undefined)
    throw new Failure(
      'bad_request',
      `${JSON.stringify(base)} is no folder with release.yaml or bundle.yaml, and ${placeOf('', directory)} is in no git repository.`,
    );
  const signal = new AbortController().signal;
  return await filesAtRef(repository, { directory, ref: base, signal });
}

/** @throws BundleFailure whose files say that they are the base’s. */
async function readBase(base: string, place: PolicyPlace): Promise<ReadPolicy> {
  try {
    return await readPolicy(place);
  } catch (thrown) {
    if (!(thrown instanceof BundleFailure)) throw thrown;
    throw new Failure(
      'bundle_invalid',
      `The base ${JSON.stringify(base)} cannot be read, so that nothing can be compared with it. Name another one.\n${thrown.detail}`,
      { cause: thrown },
    );
  }
}

function told(review: PolicyReview, format: ReviewOptions['format']): string {
  switch (format) {
    case 'text':
      return reviewText(review);
    case 'markdown':
      return reviewMarkdown(review);
    case 'json':
      return jsonOf({ ...review, rules: review.rules.map(ruleJson) });
  }
}

function ruleJson({ before, after, ...rule }: RuleReview) {
  const side = (one: RuleReview['before']) =>
    one && {
      kind: one.entry.kind,
      mode: one.entry.mode,
      owner: one.entry.owner,
      text: one.text,
      file: one.file,
      row: one.row,
    };
  return {
    ...rule,
    title: (after ?? before)?.entry.title,
    before: side(before) ?? null,
    after: side(after) ?? null,
  };
}
