import { z } from 'zod';
import { DecisionRequest } from './decision-request.ts';
import { Obligation } from './obligation.ts';
import { CODE_PATTERN } from './values.ts';

/** Most cases of one file. */
const CASES_MAX = 2_000;

const code = z.string().regex(CODE_PATTERN);

const { action, schema: _schema, simulate: _simulate, ...sections } = DecisionRequest.shape;

/** What a case says of the input; what it leaves out is filled as the gateway fills a simulated decision. */
export const CaseInput = z.strictObject({
  ...sections,
  agent: sections.agent.describe('Who acts. The directory of the release says the rest of what `id` names.'),
  user: sections.user.describe('For whom. Default: nobody. The directory of the release says the rest.'),
  action: action
    .partial()
    .optional()
    .describe(
      'What is attempted, as `{tool: crm.read, args: {id: 7}}`; instead of `tool` a `model`, a `subagent`, or a `resource` or `prompt` of a `server`. The catalogue says the rest.',
    ),
  result: sections.result.describe('In phase `result`. Default: null.'),
  usage: sections.usage.describe('Budgets, by key. Default: none.'),
  approval: sections.approval.describe('A person’s approval of this very call. Default: null.'),
  context: sections.context.describe('The conversation so far. Default: this call is its first.'),
  session: sections.session.describe('Default: a client of MCP over HTTP.'),
  environment: sections.environment.describe(
    'Default: Sunday, 22 November 2026, 13:45 UTC, in production, no flags. `time` brings the other fields of time with it.',
  ),
});
export type CaseInput = z.infer<typeof CaseInput>;

/** What a case says of the answer. What stands here is compared exactly; what does not is not compared. */
export const CaseAnswer = z.strictObject({
  outcome: z.enum(['allow', 'deny', 'approval_required']),
  reasons: z.array(code).min(1).optional().describe('Every reason code, in any order.'),
  because: z
    .array(z.string().min(1))
    .optional()
    .describe(
      'Full ids of the rules that decided, all of them, in any order: of a denial the objections that stand, of a demand for approval the rules that ask, of an allow the grants and affirmations. Empty where the kernel itself refuses.',
    ),
  obligations: z.array(Obligation).optional().describe('Every duty that an allow comes with, in any order.'),
  remediation: code.optional().describe('What the caller may do about it.'),
  message: z.string().min(1).optional().describe('The sentence that people are shown.'),
  resolution: z
    .int()
    .min(1)
    .max(7)
    .optional()
    .describe('The row of the table that decided (docs/how-decisions-combine.md).'),
});
export type CaseAnswer = z.infer<typeof CaseAnswer>;

/** One case: this input, this answer. */
export const PolicyCase = z.strictObject({
  when: z
    .string()
    .min(1)
    .max(300)
    .describe('The situation in words, as `a tier-1 user asks for a refund over the limit`.'),
  input: CaseInput.optional().describe('What differs from `given`.'),
  answer: CaseAnswer,
});
export type PolicyCase = z.infer<typeof PolicyCase>;

/**
 * A file of cases that the whole release must decide as they say: `*_cases.yaml` in a bundle’s folder, or any file in the folder
 * `cases` beside `release.yaml`.
 */
export const CaseFile = z.strictObject({
  about: z.string().optional().describe('What these cases are about.'),
  given: CaseInput.optional().describe(
    'What every case of the file begins with. Objects merge; lists, `args`, `flags` and `usage` are replaced whole.',
  ),
  cases: z.array(PolicyCase).min(1).max(CASES_MAX),
});
export type CaseFile = z.infer<typeof CaseFile>;
