import { expect, test } from 'vitest';
import { compliance, type Refusal, testRefusals } from './testing/refusal.ts';
import { metadata, refusalsOf } from './testing/sample-release.ts';

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
  {
    what: '`not` before a package that is gone through by an unknown key',
    files: compliance(
      `${M}deny contains "x" if {\n\tinput.action.server == "crm"\n\tnot data.policy.identity[input.action.server]\n}`,
    ),
    found: ['compliance/x.rego:10: negated_dynamic_reference'],
    says: 'object.get',
  },
  {
    what: 'such a package compared with something, imported, in a comprehension',
    files: compliance(
      [
        'import data.policy.identity as known',
        '',
        `${M}deny contains "x" if {`,
        '\tsome bundle in input.action.args.bundles',
        '\tcount([1 | not known[bundle] == 1]) > 0',
        '}',
      ].join('\n'),
    ),
    found: ['compliance/x.rego:12: negated_dynamic_reference'],
  },
  {
    what: 'such a package after the `not` of the future',
    files: compliance(
      `import future.keywords.not\n\n${M}deny contains "x" if not data.policy.identity[input.action.server]`,
    ),
    found: ['compliance/x.rego:10: negated_dynamic_reference'],
  },
  {
    what: '`not` before a document that several rules make',
    files: compliance(
      [
        'known.crm := {"up": input.action.args.up}',
        '',
        'known["hr"] := {"up": false}',
        '',
        `${M}deny contains "x" if not known[input.action.server].up`,
      ].join('\n'),
    ),
    found: ['compliance/x.rego:12: negated_dynamic_reference'],
  },
];

testRefusals(RULES);

test.each([
  ['base documents', '', 'data.policy.identity.agents[input.agent.id]'],
  [
    'a document that one rule makes',
    'levels[name] := {"x": false} if some name in input.action.args.names\n\n',
    'levels[input.action.server].x',
  ],
  ['a constant key', '', 'data.policy.identity["allow"]'],
  ['a package read otherwise', '', 'object.get(data.policy.identity, input.action.server, false)'],
  [
    'a rule that says it without `not`',
    'known if data.policy.identity.agents[input.action.server]\n\n',
    'known',
  ],
])('accepts `not` before %s', async (_what, before, condition) => {
  const files = compliance(`${before}${M}deny contains "x" if not ${condition}`);
  expect(await refusalsOf(files)).toEqual([]);
});
