import { z } from 'zod';
import { Input } from './input.ts';
import { CODE_PATTERN, Count, Digest, Timestamp } from './values.ts';

/** The version of corpus files. Fields are only ever added within a version. */
export const CORPUS_SCHEMA = 'bailiff/corpus/v1';

/** Most bytes of a corpus file, of one of its lines, and most cases: what a check reads, and decides, at most. */
export const CORPUS_LIMITS = { fileBytes: 67_108_864, lineBytes: 2_097_152, cases: 10_000 } as const;

/** The first line of a corpus file. */
export const CorpusHeader = z.strictObject({
  schema: z.literal(CORPUS_SCHEMA),
  saved_at: Timestamp,
  policy_version: z.string().describe('Of the release whose answers were last saved or accepted.'),
  count: Count.max(CORPUS_LIMITS.cases).describe('Lines that follow.'),
  digest: Digest.describe('SHA-256 over every byte after the first line, line ends included.'),
});
export type CorpusHeader = z.infer<typeof CorpusHeader>;

/** What a case was decided to be. */
export const CorpusExpectation = z.strictObject({
  outcome: z.enum(['allow', 'deny', 'approval_required']),
  reasons: z.array(z.string().regex(CODE_PATTERN)).min(1),
  matched_rules: z.array(z.string().min(1)).describe('Full ids, in the order of the answer.'),
});
export type CorpusExpectation = z.infer<typeof CorpusExpectation>;

/** Every further line: one input, and what it was decided to be. */
export const CorpusCase = z.strictObject({
  id: z.string().min(1).max(128).describe('The decision id it was recorded under. No two are the same.'),
  input: Input,
  expect: CorpusExpectation,
  tags: z.array(z.string().min(1).max(64)).max(16).describe('Words of whoever saved it.'),
});
export type CorpusCase = z.infer<typeof CorpusCase>;

/** Any line of a corpus file. */
export const CorpusLine = z.union([CorpusHeader, CorpusCase]);
