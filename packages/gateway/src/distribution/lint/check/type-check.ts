import { join } from 'node:path';
import { ListInput } from '@bailiff/contract';
import { z } from 'zod';
import { errorsOf, findingsOfErrors, type OpaRun, runOpa } from '../../opa.ts';
import type { SourceModule } from '../../sources/folder.ts';
import { writeFiles } from '../../stage.ts';
import type { LintFinding } from '../finding.ts';
import { withoutSchemas } from './without-schemas.ts';

/** Modules that are checked together. */
export interface TypedModules {
  readonly modules: readonly SourceModule[];
  /** Gives the source of a path that OPA names. */
  readonly fileOf: (path: string) => string | undefined;
}

/**
 * What OPA’s type checker finds when it is told what the input looks like: comparisons of a field with another type, built-ins on a
 * field that they do not take. It says nothing where the modules do not compile without the schema; the builder has said that.
 */
export async function typeFindings({ modules, fileOf }: TypedModules, run: OpaRun): Promise<LintFinding[]> {
  await writeFiles(run.cwd, [
    ...modules.map(({ path, text }) => ({ path: join('typed', path), text: withoutSchemas(text) })),
    { path: 'input.json', text: JSON.stringify(schemaForOpa()) },
  ]);
  const result = await runOpa(run, [
    'check',
    '--schema',
    'input.json',
    '--format',
    'json',
    '--max-errors',
    '100',
    'typed',
  ]);
  if (result.status === 0) return [];
  const errors = errorsOf(result).filter(({ code }) => code === 'rego_type_error');
  return findingsOfErrors(errors, (path) => fileOf(path.replace(/^typed\//, '')), new Set()).flatMap(
    (finding) => {
      // Functions that are not there: those of bundles that are not part of the check.
      if (/^undefined function/.test(finding.detail)) return [];
      // What is no matter of the schema is told by the builder.
      if (/^rule \S+ conflicts with/.test(finding.detail)) return [];
      return {
        ...finding,
        code: 'input_type_mismatch',
        severity: 'error' as const,
        detail: `By the schema of the input this never holds, or fails: ${finding.detail}`,
        mend: 'Compare with a value of the field’s own type; docs/reference/input.md lists them.',
      };
    },
  );
}

/** Lists have the most: what a bundle may not read of it is refused by the builder. */
function schemaForOpa(): unknown {
  return z.toJSONSchema(ListInput, {
    io: 'output',
    target: 'draft-7',
    reused: 'inline',
    unrepresentable: 'any',
  });
}
