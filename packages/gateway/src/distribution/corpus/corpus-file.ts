import { createHash } from 'node:crypto';
import {
  CORPUS_LIMITS,
  CORPUS_SCHEMA,
  CorpusCase,
  CorpusHeader,
  Failure,
  type Json,
  parseStrictText,
} from '@bailiff/contract';
import type { z } from 'zod';
import { compare, type Finding } from '../finding.ts';
import { complaintsOf, type Reading } from '../sources/document.ts';

/** Recorded decisions that a release is held to. Cases are by id, or as the file has them, a line each. */
export interface Corpus {
  /** When it was saved, RFC 3339. */
  readonly savedAt: string;
  /** Of the release whose answers were last saved or accepted. */
  readonly policyVersion: string;
  readonly cases: readonly CorpusCase[];
}

/** Levels of objects and arrays within each other that a line may have: the input’s own and those of its arguments. */
const DEPTH_MAX = 80;
const LINE_FEED = 0x0a;
/** Row of the first case: the header stands before it. */
export const FIRST_CASE_ROW = 2;
const AGAIN = 'Save it again with `./bailiff corpus save`, or take it from where it is kept.';

/** The corpus as the text of a file: one header, and a line for each case, by id. */
export function corpusText({ savedAt, policyVersion, cases }: Corpus): string {
  const lines = cases
    .toSorted((a, b) => compare(a.id, b.id))
    .map((one) => `${JSON.stringify(one)}\n`)
    .join('');
  const header: CorpusHeader = {
    schema: CORPUS_SCHEMA,
    saved_at: savedAt,
    policy_version: policyVersion,
    count: cases.length,
    digest: sha256(lines),
  };
  return `${JSON.stringify(header)}\n${lines}`;
}

/**
 * Reads the bytes of a corpus file, strictly; nothing in it is believed before its size, its digest and every line are what
 * they have to be. `file` is what findings call it.
 */
export function readCorpus(bytes: Uint8Array, file: string): Reading<Corpus> {
  const refused = (row: number, code: string, detail: string, mend = AGAIN): Reading<never> => ({
    kind: 'refused',
    findings: [{ file, row, code, detail, mend }],
  });
  const tooLarge = `A corpus has at most ${CORPUS_LIMITS.fileBytes} bytes, and this has ${bytes.length}.`;
  if (bytes.length > CORPUS_LIMITS.fileBytes)
    return refused(1, 'corpus_too_large', tooLarge, 'Save fewer cases, with --limit.');
  const lines = linesOf(bytes);
  const long = lines.findIndex((line) => line.length > CORPUS_LIMITS.lineBytes);
  if (long >= 0)
    return refused(
      long + 1,
      'corpus_line_too_long',
      `A line has at most ${CORPUS_LIMITS.lineBytes} bytes, and this has ${lines[long]?.length}.`,
      'Leave that case out.',
    );
  const header = lineOf(lines[0] ?? new Uint8Array(), CorpusHeader, { file, row: 1 });
  if (header.kind === 'refused') return header;
  const { count, digest, saved_at, policy_version } = header.value;
  const rest = bytes.subarray((lines[0]?.length ?? 0) + 1);
  if (lines.length - 1 !== count || rest.at(-1) !== (count === 0 ? undefined : LINE_FEED))
    return refused(
      lines.length,
      'corpus_truncated',
      `The header says ${count} cases, and ${lines.length - 1} lines follow it, of which the last ${rest.at(-1) === LINE_FEED ? 'is whole' : 'is cut off'}.`,
    );
  if (sha256(rest) !== digest)
    return refused(
      1,
      'corpus_digest_mismatch',
      'The lines are not those that the header’s digest was made of: somebody changed them.',
      'Change expectations with `./bailiff corpus accept`, or save it again with `./bailiff corpus save`.',
    );
  const cases = casesIn(lines.slice(1), file);
  if (cases.kind === 'refused') return cases;
  return {
    kind: 'read',
    value: { savedAt: saved_at, policyVersion: policy_version, cases: cases.value },
  };
}

/** Findings beyond these say nothing that they do not. */
const FINDINGS_MAX = 20;

function casesIn(lines: readonly Uint8Array[], file: string): Reading<CorpusCase[]> {
  const findings: Finding[] = [];
  const cases = new Map<string, CorpusCase>();
  for (const [index, line] of lines.entries()) {
    if (findings.length >= FINDINGS_MAX) break;
    const row = index + FIRST_CASE_ROW;
    const read = lineOf(line, CorpusCase, { file, row });
    if (read.kind === 'refused') findings.push(...read.findings);
    else if (cases.has(read.value.id))
      findings.push({
        file,
        row,
        code: 'corpus_case_duplicate',
        detail: `Another case has the id \`${read.value.id}\` too.`,
        mend: AGAIN,
      });
    else cases.set(read.value.id, read.value);
  }
  return findings.length > 0 ? { kind: 'refused', findings } : { kind: 'read', value: [...cases.values()] };
}

function lineOf<Schema extends z.ZodType>(
  line: Uint8Array,
  schema: Schema,
  { file, row }: { readonly file: string; readonly row: number },
): Reading<z.output<Schema>> {
  const refused = (detail: string): Reading<never> => ({
    kind: 'refused',
    findings: [{ file, row, code: 'corpus_line_invalid', detail, mend: AGAIN }],
  });
  let value: Json;
  try {
    value = parseStrictText(new TextDecoder('utf-8', { fatal: true }).decode(line), { depthMax: DEPTH_MAX });
  } catch (thrown) {
    const because =
      thrown instanceof Failure ? thrown.detail.replace(/^The body is refused: /, '') : 'it is not UTF-8.';
    return refused(`The line cannot be read: ${because}`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return { kind: 'read', value: parsed.data };
  const [complaint] = complaintsOf(parsed.error);
  return refused(complaint?.detail ?? 'The line is no line of a corpus.');
}

/** The lines, without their ends; what follows the last end is a line only if it is not empty. */
function linesOf(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  // One more than there may be says enough.
  for (let from = 0; from < bytes.length && lines.length <= CORPUS_LIMITS.cases + 1; ) {
    const found = bytes.indexOf(LINE_FEED, from);
    const end = found < 0 ? bytes.length : found;
    lines.push(bytes.subarray(from, end));
    from = end + 1;
  }
  return lines;
}

const sha256 = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex');
