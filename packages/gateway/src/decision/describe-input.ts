import type { z } from 'zod';
import { type Read, undecided } from './read-evaluation.ts';

/** Places below which keys are other people's words, so that a path into them is not told. */
const FOREIGN_PLACES = [
  ['action', 'args'],
  ['result', 'structured'],
] as const;
const PATHS_MAX = 8;

/** The text of an input that is exactly as the contract says: what is evaluated is what is recorded. */
export function describeInput(
  schema: z.ZodType,
  input: unknown,
): { readonly kind: 'described'; readonly text: string } | Extract<Read<never>, { kind: 'undecided' }> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return { kind: 'described', text: JSON.stringify(input) };
  const paths = new Set(parsed.error.issues.map(({ path }) => pathOf(path.map(String))));
  return undecided('input_invalid', { subjects: [...paths].slice(0, PATHS_MAX), engine: 'none' });
}

function pathOf(path: readonly string[]): string {
  const place = FOREIGN_PLACES.find((keys) => keys.every((key, depth) => path[depth] === key));
  return ['input', ...(place ?? path)].join('.');
}
