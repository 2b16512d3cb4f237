import { expect, test } from 'vitest';
import { rule } from '../../testing/condition-cases.ts';
import { lintBundle } from '../../testing/lint-bundle.ts';

const LONG = rule('input.action.args.message.length > 100');
const ASKED = rule('not input.action.args.message').replace('"x"', '"y"');

test.each([
  ['compared by order', LONG, 'argument_missing_silences'],
  ['compared', rule('input.action.args.message.length == 7'), 'argument_missing_silences'],
  ['compared where another rule asks for it', `${LONG}\n\n${ASKED}`, 'argument_order_silences'],
])('a length of an argument that is %s is told to be counted', async (_what, rego, code) => {
  const findings = await lintBundle({ rego });
  expect(findings.filter((finding) => finding.code.startsWith('argument_'))).toMatchObject([
    {
      code,
      mend: expect.stringMatching(
        /^Where a length is meant, write `count\(input\.action\.args\.message\)`\. Else: /,
      ),
    },
  ]);
});

test('an argument called length is taken for what it is', async () => {
  const [only] = await lintBundle({ rego: rule('input.action.args.length > 100') });
  expect(only?.mend).not.toContain('count(');
});
