import { compliance, type Refusal, testRefusals } from './testing/refusal.ts';
import { metadata } from './testing/sample-release.ts';

const M = metadata();

/** What `opa build -t plan` makes something else of than OPA evaluates. */
const RULES: readonly Refusal[] = [
  {
    what: 'a comprehension that is a condition',
    files: compliance(`${M}deny contains "x" if {\n\t[1 | 1 / input.action.args.zero]\n}`),
    found: ['compliance/x.rego:9: comprehension_without_use'],
  },
  {
    what: 'such a comprehension within another',
    files: compliance(`${M}deny contains "x" if {\n\tcount([1 |\n\t\t{1 | input.action.args.a}\n\t]) > 0\n}`),
    found: ['compliance/x.rego:10: comprehension_without_use'],
  },
  {
    what: 'a default of a function',
    files: compliance(
      `${M}deny contains "x" if f(input.action.server)\n\ndefault f(_) := false\n\nf(x) if x == "crm"`,
    ),
    found: ['compliance/x.rego:10: function_default'],
  },
];

testRefusals(RULES);
