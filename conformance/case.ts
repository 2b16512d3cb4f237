import { globSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type JsonObject, JsonValue } from '@bailiff/contract';
import { parse } from 'yaml';
import { z } from 'zod';
import { SyntheticRelease } from './synthetic-release.ts';

const document = z.record(z.string(), JsonValue) as z.ZodType<JsonObject>;

/** One thing that must be true, as data: any engine and any implementation can be held to it. */
export const Case = z.strictObject({
  because: z.string().min(1).describe('Why it must be so: a sentence for people who do not read Rego.'),
  worked: z
    .string()
    .min(1)
    .optional()
    .describe('The situation in a few words; puts the case into the guide on how decisions combine.'),
  entrypoint: z.enum(['decision', 'visible', 'watched', 'decision_and_watched']).default('decision'),
  release: SyntheticRelease.optional().describe(
    'What the bundles say. Absent: the example company’s release.',
  ),
  input: document.prefault({}).describe('What differs from the default input.'),
  exact: z.boolean().default(false).describe('Whether `want` is the whole answer.'),
  want: z
    .union([document, z.literal('failure')])
    .describe('What the answer holds; `failure` where evaluating must fail, which is a denial outside.'),
});
export type Case = z.infer<typeof Case>;

/** A case and the file it stands in, relative to `conformance/cases`. */
export type NamedCase = Case & { readonly file: string };

const CASES = fileURLToPath(new URL('cases', import.meta.url));

/**
 * Every case, by file.
 * @throws Error that names the file which is not a case.
 */
export function readCases(): NamedCase[] {
  const files = globSync('**/*.yaml', { cwd: CASES }).map((file) => file.split(sep).join('/'));
  return files.sort().map((file) => {
    const parsed = Case.safeParse(parse(readFileSync(join(CASES, file), 'utf8')));
    if (!parsed.success)
      throw new Error(`${relative('.', join(CASES, file))}: ${z.prettifyError(parsed.error)}`);
    return { ...parsed.data, file };
  });
}
