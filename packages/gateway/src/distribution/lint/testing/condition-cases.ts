import type { LintedText } from './lint-bundle.ts';

/** Sources that a code finds, and ones close to them that it does not. */
export interface LintCase extends LintedText {
  readonly code: string;
  readonly what: string;
  /** What is close to it and not found. */
  readonly but: LintedText;
  /** Part of what is said. */
  readonly says?: string;
}

export const rule = (condition: string, custom = ''): string =>
  `META${custom}\ndeny contains "x" if {\n${condition
    .split('\n')
    .map((line) => `\t${line}`)
    .join('\n')}\n}`;

export const REQUIRED = { crm: { read: { properties: { id: { type: 'string' } }, required: ['id'] } } };
const OPTIONAL = { crm: { read: { properties: { id: { type: 'string' } } } } };

/** Of conditions that do not say what was meant. */
export const CONDITION_CASES: readonly LintCase[] = [
  {
    code: 'comparison_outside_enum',
    what: 'a misspelt value',
    rego: rule('input.action.phase == "reqeust"'),
    says: '`input.action.phase` is never "reqeust".',
    but: { rego: rule('input.action.phase == "request"') },
  },
  {
    code: 'comparison_outside_enum',
    what: 'a value that no list of the input holds',
    rego: rule('"wipe" in input.action.effects'),
    says: 'never contains',
    but: { rego: rule('"destructive" in input.action.effects') },
  },
  {
    code: 'comparison_outside_enum',
    what: 'one of several values, of a field under another name',
    rego: rule('kind := input.action.type\nkind in {"tool_call", "toolcall"}'),
    but: { rego: rule('kind := input.action.tool\nkind in {"tool_call", "toolcall"}') },
  },
  {
    code: 'comparison_outside_enum',
    what: 'a comparison in a helper and inside an `every`',
    rego: `${rule('h')}\n\nh if every tool in input.context.recent_tools {\n\tinput.user.kind != "person"\n\ttool != ""\n}`,
    but: {
      rego: `${rule('h')}\n\nh if every tool in input.context.recent_tools {\n\tinput.user.kind != "human"\n\ttool != ""\n}`,
    },
  },
  {
    code: 'rule_never_fires',
    what: 'one field with two values',
    rego: rule('input.action.tool == "crm.read"\ninput.action.tool == "crm.write"'),
    says: 'contradicts `== "crm.read"` (row 9)',
    but: { rego: rule('input.action.tool == "crm.read"\ninput.action.tool_name == "write"') },
  },
  {
    code: 'rule_never_fires',
    what: 'a bound above another',
    rego: rule('input.context.turn_count > 10\ninput.context.turn_count < 5'),
    but: { rego: rule('input.context.turn_count > 5\ninput.context.turn_count < 10') },
  },
  {
    code: 'rule_never_fires',
    what: 'a bound that the schema excludes',
    rego: rule('input.environment.minute_of_day > 1439'),
    says: 'the schema of the input',
    but: { rego: rule('input.environment.minute_of_day > 1438') },
  },
  {
    code: 'rule_never_fires',
    what: 'a value that is not in the set',
    rego: rule('input.action.tool in {"a", "b"}\nnot input.action.tool in {"a", "b", "c"}'),
    but: { rego: rule('input.action.tool in {"a", "b"}\nnot input.action.tool in {"a", "c"}') },
  },
  {
    code: 'rule_never_fires',
    what: 'a condition and its opposite',
    rego: rule('input.environment.is_production\nnot input.environment.is_production'),
    but: { rego: rule('input.environment.is_production\nnot input.environment.flags.is_production') },
  },
  {
    code: 'rule_never_fires',
    what: '`not` before a text that every input has',
    rego: rule('not input.user.id'),
    says: '`input.user.id` is in every input, and never false',
    but: { rego: rule('not input.environment.is_production') },
  },
  {
    code: 'rule_never_fires',
    what: '`not` before an object that every input has, under another name, and as one condition of several',
    rego: rule('user := input.user\ninput.environment.is_production\nnot user'),
    but: { rego: rule('approval := input.approval\ninput.environment.is_production\nnot approval') },
  },
  {
    code: 'rule_never_fires',
    what: '`not` before a list that every input has, in a helper and in the form that takes in all of it',
    rego: `import future.keywords.not\n\n${rule('alone')}\n\nalone if not input.agent.chain`,
    but: { rego: `import future.keywords.not\n\n${rule('alone')}\n\nalone if not input.usage.day` },
  },
  {
    code: 'rule_never_fires',
    what: 'a text that is asked to be null',
    rego: rule('is_null(input.user.id)'),
    says: 'never null',
    but: { rego: rule('is_null(input.approval)') },
  },
  {
    code: 'rule_never_fires',
    what: 'a text that is compared with null, whatever stands in for it',
    rego: rule('object.get(input.action, "model", null) == null'),
    says: 'never null',
    but: { rego: rule('object.get(input.action.args, "model", null) == null') },
  },
  {
    code: 'rule_never_fires',
    what: '`false`',
    rego: rule('false'),
    but: { rego: `import future.keywords.not\n\n${rule('not false')}` },
  },
  {
    code: 'rule_never_fires',
    what: 'membership in nothing',
    rego: rule('input.action.tool in set()'),
    says: 'empty',
    but: { rego: rule('not input.action.tool in set()') },
  },
  {
    code: 'rule_never_fires',
    what: 'iteration over nothing, and constants that differ',
    rego: `${rule('some tool in []\ntool == input.action.tool')}\n\nh if 1 > 2`,
    but: { rego: `${rule('some tool in ["a"]\ntool == input.action.tool')}\n\nh if 2 > 1` },
  },
  {
    code: 'input_type_mismatch',
    what: 'a number that is compared by order with a text',
    rego: rule('input.context.turn_count > "50"'),
    says: '`input.context.turn_count` is a number, and `> "50"` never holds',
    but: { rego: rule('input.context.turn_count > 50\ninput.action.args.rows > "50"') },
  },
  {
    code: 'input_type_mismatch',
    what: 'a text that is compared by order with a number, under another name and from the other side',
    rego: rule('version := input.agent.version\n2 < version'),
    says: '`input.agent.version` is a text, and `> 2` always holds',
    but: { rego: rule('version := input.agent.version\n"2" < version') },
  },
  {
    code: 'input_type_mismatch',
    what: 'a list that is compared with how many it is to hold, in a helper',
    rego: `${rule('not short')}\n\nshort if input.agent.chain <= 3`,
    says: 'never holds',
    but: { rego: `${rule('not short')}\n\nshort if count(input.agent.chain) <= 3` },
  },
  {
    code: 'input_type_mismatch',
    what: 'a number that is there, whatever stands in for it',
    rego: rule('object.get(input.context, "turn_count", "0") > "50"'),
    but: { rego: rule('object.get(input.usage, "day", "0") > "50"') },
  },
  {
    code: 'argument_missing_silences',
    what: 'a comparison with an argument',
    rego: rule('input.action.args.rows > 5'),
    says: '`input.action.args.rows`',
    but: { rego: rule('object.get(input.action.args, "rows", 6) > 5') },
  },
  {
    code: 'argument_missing_silences',
    what: 'a negated call, which Rego does not evaluate without its operand',
    rego: rule('not is_number(input.action.args.rows)'),
    but: { rego: rule('not input.action.args.rows == 5') },
  },
  {
    code: 'argument_missing_silences',
    what: 'negated membership',
    rego: rule('not input.action.args.table in {"open"}'),
    but: { rego: rule('table := object.get(input.action.args, "table", "")\nnot table in {"open"}') },
  },
  {
    code: 'argument_missing_silences',
    what: 'an argument that no other body asks for',
    rego: rule('input.action.args.rows > 5'),
    but: {
      rego: `${rule('input.action.args.rows > 5')}\n\n${rule('not input.action.args.rows').replace('"x"', '"y"')}`,
    },
  },
  {
    code: 'argument_missing_silences',
    what: 'an argument that is asked for of other tools alone',
    rego: `${rule('input.action.tool_name == "read"\ninput.action.args.rows > 5')}\n\n${rule('input.action.tool_name == "write"\nnot input.action.args.rows').replace('"x"', '"y"')}`,
    but: {
      rego: `${rule('input.action.tool_name == "read"\ninput.action.args.rows > 5')}\n\n${rule('input.action.tool == "crm.read"\nnot input.action.args.rows').replace('"x"', '"y"')}`,
    },
  },
  {
    code: 'argument_missing_silences',
    what: 'an argument that the tool does not require',
    rego: rule('input.action.tool == "crm.read"\ninput.action.args.id == "all"'),
    tools: OPTIONAL,
    but: { rego: rule('input.action.tool == "crm.read"\ninput.action.args.id == "all"'), tools: REQUIRED },
  },
  {
    code: 'argument_missing_silences',
    what: 'a silence that nobody meant',
    rego: rule('input.action.args.rows > 5'),
    but: { rego: rule('input.action.args.rows > 5', '{when_missing: silent}') },
  },
  {
    code: 'argument_missing_silences',
    what: 'an argument behind a helper, a set of rules and a function',
    rego: `${rule('too_many\nsome path in paths\nlong(path)')}\n\ntoo_many if input.action.args.rows > 5\n\npaths contains path if some path in input.action.args.paths\n\nlong(path) if path == "x"`,
    but: {
      rego: `${rule('not few')}\n\nfew if input.action.args.rows < 5\n\npaths contains path if some path in input.action.args.paths`,
    },
  },
  {
    code: 'argument_missing_silences',
    what: 'a computed name that does not cover it',
    rego: `${rule('input.action.args.path == "x"')}\n\n${rule('some name in ["source", "target"]\nobject.get(input.action.args, name, "") == ""').replace('"x"', '"y"')}`,
    but: {
      rego: `${rule('input.action.args.path == "x"')}\n\n${rule('some name in ["source", "path"]\nobject.get(input.action.args, name, "") == ""').replace('"x"', '"y"')}`,
    },
  },
  {
    code: 'argument_missing_silences',
    what: 'a negated call without the form of `not` that takes in all of it',
    rego: rule('not startswith(input.action.args.path, "drafts/")'),
    but: {
      rego: `import future.keywords.not\n\n${rule('not startswith(input.action.args.path, "drafts/")')}`,
    },
  },
  {
    code: 'table_key_missing_silences',
    what: 'a table that is indexed by a class',
    rego: rule(
      'some class in input.action.data_classes_referenced\nallowed := data.policy.compliance.residency[class]\nnot input.action.region in allowed',
    ),
    data: 'residency: { customer_data: [eu] }\n',
    says: '`data.policy.compliance.residency`',
    but: {
      rego: rule(
        'some class in input.action.data_classes_referenced\nallowed := object.get(data.policy.compliance.residency, class, [])\nnot input.action.region in allowed',
      ),
      data: 'residency: { customer_data: [eu] }\n',
    },
  },
  {
    code: 'table_key_missing_silences',
    what: 'a table under a negated call',
    rego: rule('not input.action.region in data.policy.compliance.regions[input.agent.scope]'),
    data: 'regions: { support: [eu] }\n',
    but: {
      rego: `${rule('not input.action.region in data.policy.compliance.regions[input.agent.scope]')}\n\n${rule('not data.policy.compliance.regions[input.agent.scope]').replace('"x"', '"y"')}`,
      data: 'regions: { support: [eu] }\n',
    },
  },
  {
    code: 'table_key_missing_silences',
    what: 'a table that lacks one of all values',
    rego: rule('input.context.turn_count > data.policy.compliance.turns[input.action.blast_radius]'),
    data: 'turns: { low: 9, high: 1 }\n',
    but: {
      rego: rule('input.context.turn_count > data.policy.compliance.turns[input.action.blast_radius]'),
      data: 'turns: { low: 9, medium: 5, high: 1 }\n',
    },
  },
  {
    code: 'table_key_missing_silences',
    what: 'a limit for each scope',
    rego: rule('input.context.turn_count > data.policy.compliance.turns[input.agent.scope]'),
    data: 'turns: { support: 9 }\n',
    but: {
      rego: rule('input.context.turn_count > data.policy.compliance.turns[input.action.tool]'),
      data: 'turns: { crm.read: 9 }\n',
    },
  },
];
