import { type LintCase, rule } from './condition-cases.ts';

const suggesting = (path: string) =>
  rule('input.action.region == "eu"', `{suggest: [{ change: { ${path}: DE1 } }]}`);

/** Of what METADATA and data say, and nothing takes up. */
export const METADATA_CASES: readonly LintCase[] = [
  {
    code: 'suggestion_unusable',
    what: 'a misspelt `args`',
    rego: suggesting('action.arg.account'),
    says: '`action.arg.account`',
    but: { rego: suggesting('action.args.account') },
  },
  {
    code: 'suggestion_unusable',
    what: 'a field that the agent has no say in, and arguments as a whole',
    rego: suggesting('action.region'),
    but: { rego: suggesting('action.model') },
  },
  {
    code: 'suggestion_unusable',
    what: 'arguments as a whole',
    rego: suggesting('action.args'),
    but: { rego: suggesting('action.args.a.b') },
  },
  {
    code: 'data_unread',
    what: 'a misspelt `library`',
    rego: rule('input.action.region == "eu"'),
    data: 'other: 1\nlibary: { identical_calls: {} }\n',
    says: '`libary`',
    but: {
      rego: rule('input.action.region in data.policy.compliance.libary'),
      data: 'libary: [eu]\nunread: 1\n',
    },
  },
];
