import { join } from 'node:path';
import { type CaseAnswer, CaseFile, type JsonObject } from '@bailiff/contract';
import { compare, type Finding } from '../finding.ts';
import type { DocumentPath } from '../sources/document.ts';
import { isObject } from '../sources/document.ts';
import type { SourceTree } from '../sources/folder.ts';
import { type BundleSource, CASE_FILE } from '../sources/read-bundle.ts';
import { mergedInput } from './merged-input.ts';

/** A case as its file has it: what is asked, and what the answer must be. */
export interface ReadCase {
  readonly file: string;
  /** Of its first line. */
  readonly row: number;
  readonly when: string;
  /** What the file and the case say of the input. */
  readonly input: JsonObject;
  readonly answer: CaseAnswer;
  /** The bundle in whose folder it lies; undefined beside `release.yaml`. */
  readonly bundle: string | undefined;
  /** Row of a part of the case, as `['answer', 'because', 0]`. */
  rowOf(path: DocumentPath): number;
}

/** Cases of a release, and what is wrong with their files. */
export interface ReadCases {
  readonly cases: readonly ReadCase[];
  readonly findings: readonly Finding[];
  /** Files that cannot be read, so that nothing is known of their cases. */
  readonly unread: readonly string[];
}

/** Folder beside `release.yaml` whose files hold cases. */
export const CASES_FOLDER = 'cases';

const IN_FOLDER = /\.ya?ml$/;

/** Files of one release at most. */
const FILES_MAX = 1_000;

/** Reads every file of cases of a release, strictly: those in its folder `cases`, and those in the folders of its bundles. */
export async function readCases(
  tree: SourceTree,
  bundles: readonly Pick<BundleSource, 'name' | 'place'>[],
): Promise<ReadCases> {
  const findings: Finding[] = [];
  const places = [
    ...(await filesIn(tree, CASES_FOLDER, IN_FOLDER)).map((path) => ({ path, bundle: undefined })),
  ] as { readonly path: string; readonly bundle: string | undefined }[];
  for (const { name, place } of bundles)
    for (const path of await filesIn(tree, place, CASE_FILE)) places.push({ path, bundle: name });
  places.sort((a, b) => compare(a.path, b.path));
  if (places.length > FILES_MAX) {
    const detail = `There are ${places.length} files of cases, and at most ${FILES_MAX} are read.`;
    findings.push(
      tree.finding(CASES_FOLDER, 'too_many_files', { detail, mend: 'Put more cases into a file.' }),
    );
  }
  const cases: ReadCase[] = [];
  const unread = places.slice(FILES_MAX).map(({ path }) => tree.nameOf(path));
  for (const { path, bundle } of places.slice(0, FILES_MAX)) {
    const read = await tree.valid(path, CaseFile);
    if (read.kind === 'refused') {
      findings.push(...read.findings);
      unread.push(tree.nameOf(path));
      continue;
    }
    const { document } = read.value;
    // As they are written: a parsed copy would lack an argument named `__proto__`.
    const { given, cases: written } = document.value as JsonObject;
    for (const [position, { when, answer }] of read.value.value.cases.entries()) {
      const one = Array.isArray(written) ? written[position] : undefined;
      const own = isObject(one) && isObject(one.input) ? one.input : {};
      const at = ['cases', position];
      cases.push({
        file: document.file,
        row: document.rowOf(at),
        when,
        input: mergedInput(isObject(given) ? given : {}, own),
        answer,
        bundle,
        rowOf: (below) => document.rowOf([...at, ...below]),
      });
    }
  }
  return { cases, findings, unread };
}

async function filesIn(tree: SourceTree, folder: string, named: RegExp): Promise<string[]> {
  const listed = await tree.list(folder);
  const files = listed?.kind === 'read' ? listed.value : [];
  return files.filter((file) => named.test(file)).map((file) => join(folder, file));
}
