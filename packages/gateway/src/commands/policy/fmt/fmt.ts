import { isUtf8 } from 'node:buffer';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import pc from 'picocolors';
import { type Finding, lineOfFinding, sortFindings } from '../../../distribution/finding.ts';
import { readFolder } from '../../../stores/bundle-sources/folder/folder-files.ts';
import { type BundleOutcome, placeOf, print } from '../../bundle/outcome.ts';
import { opaPath } from '../../places.ts';
import { replaceFile } from '../../replace-file.ts';
import { FOLDER, policyFolder } from '../policy-folder.ts';
import { changeText } from '../tell-check.ts';
import { formatFiles } from './format-files.ts';

export interface FmtOptions {
  readonly check?: true;
  readonly diff?: true;
}

/** Most that is read of a policy folder. */
const FILES_MAX = 20_000;
const BYTES_MAX = 268_435_456;

/** `bailiff policy fmt`: OPA’s own formatter over the Rego of a folder. */
export function fmtCommand(): Command {
  return new Command('fmt')
    .description(
      'Write the Rego of a folder as OPA’s own formatter does (`opa fmt`). No other file is touched.',
    )
    .argument('[dir]', FOLDER)
    .option('--check', 'write nothing, and end with exit code 1 where something would change')
    .option('--diff', 'write nothing, and show what would change')
    .action(async (dir: string | undefined, options: FmtOptions) => print(await policyFmt(dir, options)));
}

/** Formats a folder, or says what would change. @throws Failure when the folder cannot be read. */
export async function policyFmt(
  dir: string | undefined,
  { check, diff }: FmtOptions,
): Promise<BundleOutcome> {
  const directory = await policyFolder(dir);
  const signal = new AbortController().signal;
  const files = await readFolder(directory, { bytesMax: BYTES_MAX, filesMax: FILES_MAX, signal });
  const rego = [...files].filter(([path]) => path.endsWith('.rego'));
  const unreadable = rego.filter(([, bytes]) => !isUtf8(bytes)).map(([file]) => notText(file));
  const texts = new Map(
    rego.filter(([, bytes]) => isUtf8(bytes)).map(([path, bytes]) => [path, Buffer.from(bytes).toString()]),
  );
  const { changed, findings: unparsed } = await formatFiles(texts, { opa: opaPath(), signal });
  const findings = [...unreadable, ...unparsed];
  const isWritten = check === undefined && diff === undefined;
  if (isWritten) {
    // A link keeps being one: what it leads to is written.
    for (const { file, after } of changed) await replaceFile(await realpath(join(directory, file)), after);
  }
  const named = changed.map((file) => ({ ...file, file: placeOf(directory, file.file) }));
  const verb = isWritten ? 'formatted' : 'would format';
  const told = named.map((file) => (diff ? changeText(verb, file) : `${verb} ${file.file}\n`));
  const refused = sortFindings(findings).map(
    (finding) => `${lineOfFinding({ ...finding, file: placeOf(directory, finding.file) })}\n`,
  );
  const isDone = changed.length === 0 && findings.length === 0;
  const summary = isDone ? `${pc.green('nothing to format')} in ${texts.size} files\n` : '';
  return {
    exitCode: findings.length > 0 || (check && changed.length > 0) ? 1 : 0,
    out: `${told.join('')}${summary}`,
    error: refused.join(''),
  };
}

function notText(file: string): Finding {
  return {
    file,
    row: 1,
    code: 'file_unreadable',
    detail: 'It is not text in UTF-8.',
    mend: 'Save it as UTF-8.',
  };
}
