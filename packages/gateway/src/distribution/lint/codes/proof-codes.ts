import type { CodePage } from './code-page.ts';

/** Codes that `bailiff policy test` gives beside those that lint shares with it. */
export const PROOF_CODES: Readonly<Record<string, CodePage>> = {
  case_input_invalid: {
    severity: 'error',
    title: 'The input of a case is no input',
    why: 'A case says what matters and has the rest filled in. What it says here cannot be made a whole input, so that nothing was decided.',
    mend: 'Name who acts and what is acted on, and write the other fields as docs/reference/input.md has them.',
    example: {
      before: 'input: { action: { tool: read } } # of which server, and who asks?',
      after: 'input: { agent: { id: support-bot }, action: { tool: crm.read } }',
    },
  },
  case_name_unknown: {
    severity: 'error',
    title: 'A case names a rule or a reason that the release does not have',
    why: 'No answer could ever be what the case says. Either the name is misspelt, or the rule was renamed or removed.',
    mend: 'Correct the name, or remove the case together with the rule.',
    example: {
      before: 'answer: { outcome: deny, because: [compliance.row] }',
      after: 'answer: { outcome: deny, because: [compliance.rows] }',
    },
  },
  coverage_too_low: {
    severity: 'error',
    title: 'Too little of a bundle is evaluated by tests',
    why: 'The bundle’s `min_coverage`, or `--min-coverage`, asks for more of its heads and expressions to be evaluated than tests and cases do.',
    mend: 'Test what is listed as not covered, or remove what nothing needs.',
  },
};
