import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '@bailiff/contract';
import type { Finding } from '../../../distribution/finding.ts';
import { runOpa } from '../../../distribution/opa.ts';
import { openStage, writeFiles } from '../../../distribution/stage.ts';
import type { FixedFile } from '../write-fixes.ts';

/** What OPA’s formatter makes of files, and those that it cannot read. */
export interface FormattedFiles {
  /** Files that it would write in another way. */
  readonly changed: readonly FixedFile[];
  readonly findings: readonly Finding[];
}

/**
 * Formats Rego files, given by their names, as `opa fmt` does; nothing is written.
 * @throws Failure when `opa` cannot be run.
 */
export async function formatFiles(
  texts: ReadonlyMap<string, string>,
  { opa, signal }: { readonly opa: string; readonly signal: AbortSignal },
): Promise<FormattedFiles> {
  await using stage = await openStage();
  // Numbered: no name of a file can be taken for an option or lead out of the stage.
  const names = [...texts.keys()];
  const stagedAs = (index: number) => `fmt/${index}.rego`;
  await writeFiles(
    stage.path,
    names.map((name, index) => ({ path: stagedAs(index), text: texts.get(name) ?? '' })),
  );
  const pending = new Map(names.map((name, index) => [stagedAs(index), name]));
  const findings: Finding[] = [];
  const run = { opa, cwd: stage.path, signal };
  // OPA ends at the first file that it cannot parse: that one is left out, and the others are tried again.
  while (pending.size > 0) {
    const { status, stderr } = await runOpa(run, ['fmt', '--write', ...pending.keys()]);
    if (status === 0) break;
    const [, staged = '', row = '1', detail = ''] =
      /(fmt\/\d+\.rego):(\d+): (?:rego_parse_error: )?([^\n]+)/.exec(stderr) ?? [];
    const file = pending.get(staged);
    if (file === undefined)
      throw new Failure('policy_unavailable', '`opa fmt` did not end as it should.', {
        cause: new Error(stderr),
      });
    pending.delete(staged);
    findings.push({
      ...{ file, row: Math.max(1, Number(row)), code: 'rego_parse_error' },
      ...{ detail: `OPA cannot read it: ${detail}.`, mend: '`./bailiff policy check` says more.' },
    });
  }
  const changed: FixedFile[] = [];
  for (const [staged, file] of pending) {
    const before = texts.get(file) ?? '';
    const after = await readFile(join(stage.path, staged), 'utf8');
    if (after !== before) changed.push({ file, before, after });
  }
  return { changed, findings };
}
