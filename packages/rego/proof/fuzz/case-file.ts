import { hash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Answer, DifferenceKind, Trial } from './compare.ts';

/** Trials that once differed and have to agree for ever. */
export const CASES = fileURLToPath(new URL('./cases', import.meta.url));
/** Trials that show the known differences, a file each under its name. */
export const KNOWN_DIFFERENCES = fileURLToPath(new URL('./known-differences', import.meta.url));

/** A trial as a file keeps it. */
export interface CaseFile {
  /** Why the case is there. */
  readonly because: string;
  readonly trial: Trial;
  /** What OPA answered. */
  readonly opa: Answer;
}

/** The cases of a folder by file name. */
export async function readCases(folder: string): Promise<ReadonlyMap<string, CaseFile>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  const cases = names.map(
    async (name) => [name, JSON.parse(await readFile(join(folder, name), 'utf8')) as CaseFile] as const,
  );
  return new Map(await Promise.all(cases));
}

/** Writes a case under a name made of what differs. @returns its path. */
export async function writeCase(kind: DifferenceKind, file: CaseFile): Promise<string> {
  await mkdir(CASES, { recursive: true });
  const name = `${kind}-${hash('sha256', JSON.stringify(file.trial)).slice(0, 10)}.json`;
  const path = join(CASES, name);
  await writeFile(path, `${JSON.stringify(file, undefined, 2)}\n`);
  return path;
}
