import { type LintCase, rule } from './condition-cases.ts';

/** Of what `level: simple` refuses, and of what is close to it and allowed. */
export const LEVEL_CASES: readonly LintCase[] = [
  {
    code: 'level_simple_function',
    what: 'a function of its own',
    rego: `${rule('large(input.action.args.rows)')}\n\nlarge(rows) if rows > 50`,
    says: '`large` is a function',
    but: { rego: `${rule('large')}\n\nlarge if input.action.args.rows > 50` },
  },
  {
    code: 'level_simple_function',
    what: 'a call of a function of another package',
    rego: rule('data.policy.identity.known(input.agent.id)'),
    says: 'calls the function',
    but: { rego: rule('input.agent.id in data.policy.identity.known') },
  },
  {
    code: 'level_simple_else',
    what: '`else`',
    rego: `${rule('input.context.turn_count > most')}\n\nmost := 5 if input.agent.scope == "batch" else := 9`,
    but: {
      rego: `${rule('input.context.turn_count > most')}\n\ndefault most := 9\n\nmost := 5 if input.agent.scope == "batch"`,
    },
  },
  {
    code: 'level_simple_comprehension',
    what: 'a comprehension in a condition, and one in a head',
    rego: `${rule('count({c | some c in input.action.effects}) > 1')}\n\nnames := [n | some n in input.user.groups]`,
    but: {
      rego: `${rule('count(input.action.effects) > 1')}\n\nnames contains n if some n in input.user.groups`,
    },
  },
  {
    code: 'level_simple_every',
    what: '`every`',
    rego: rule('every effect in input.action.effects { effect != "read" }'),
    but: { rego: `${rule('not reads')}\n\nreads if "read" in input.action.effects` },
  },
  {
    code: 'level_simple_with',
    what: 'another input',
    rego: `${rule('large with input.action.args.rows as 51')}\n\nlarge if input.action.args.rows > 50`,
    but: { rego: `${rule('large')}\n\nlarge if input.action.args.rows > 50` },
  },
  {
    code: 'level_simple_builtin',
    what: '`walk`',
    rego: rule('walk(input.action.args, [path, value])\nvalue == "x"'),
    says: '`walk`',
    but: { rego: rule('some value in input.action.args\nvalue == "x"') },
  },
  {
    code: 'level_simple_builtin',
    what: 'arithmetic',
    rego: rule('input.context.turn_count * 2 > 10'),
    says: '`*`',
    but: { rego: rule('input.context.turn_count > 5') },
  },
  {
    code: 'level_simple_builtin',
    what: 'a text that is put together',
    rego: rule('sprintf("%s.delete", [input.action.server]) == input.action.tool'),
    but: { rego: rule('endswith(lower(input.action.tool), ".delete")') },
  },
  {
    code: 'level_simple_builtin',
    what: 'regular expressions that do more than match',
    rego: rule('count(regex.find_n(`a`, input.action.tool, 2)) > 1'),
    but: { rego: rule('regex.match(`a.*a`, input.action.tool)') },
  },
  {
    code: 'level_simple_pattern',
    what: 'a pattern that stands elsewhere',
    rego: rule('regex.match(data.policy.compliance.pattern, input.action.tool)'),
    data: 'pattern: ^crm\n',
    but: { rego: rule('not regex.match(`^crm[.]`, input.action.tool)') },
  },
  {
    code: 'level_simple_iteration',
    what: 'a wildcard',
    rego: rule('input.action.effects[_] == "external"'),
    says: '`_` goes through',
    but: { rego: rule('some effect in input.action.effects\neffect == "external"') },
  },
  {
    code: 'level_simple_iteration',
    what: '`some` without `in`',
    rego: rule('some scope\ndata.policy.compliance.tools[scope] == input.action.tool'),
    data: 'tools: { support: crm.read }\n',
    says: '`some scope`',
    but: {
      rego: rule('some scope, tool in data.policy.compliance.tools\ntool == input.action.tool\nscope != ""'),
      data: 'tools: { support: crm.read }\n',
    },
  },
  {
    code: 'level_simple_iteration',
    what: 'a name that nothing gives a value to',
    rego: rule('data.policy.compliance.tools[scope] == input.action.tool'),
    data: 'tools: { support: crm.read }\n',
    says: '`scope` goes through',
    but: {
      rego: rule('scope := input.agent.scope\ndata.policy.compliance.tools[scope] == input.action.tool'),
      data: 'tools: { support: crm.read }\n',
    },
  },
  {
    code: 'level_simple_unification',
    what: '`=`',
    rego: rule('input.action.tool = "crm.read"'),
    but: { rego: rule('tool := input.action.tool\ntool == "crm.read"') },
  },
  {
    code: 'level_simple_form',
    what: 'a value that is taken apart',
    rego: rule('[tool, _] := [input.action.tool, 1]\ntool == "x"'),
    says: 'takes a value apart',
    but: { rego: rule('pair := [input.action.tool, 1]\npair == ["x", 1]') },
  },
  {
    code: 'level_simple_form',
    what: 'an element that is taken apart',
    rego: rule('some {"name": name} in input.action.args.files\nname == "x"'),
    but: { rego: rule('some file in input.action.args.files\nfile.name == "x"') },
  },
  {
    code: 'level_simple_form',
    what: 'a text with values in it',
    rego: rule('input.action.tool == $"{input.action.server}.delete"'),
    says: '`templatestring`',
    but: { rego: rule('input.action.tool == "crm.delete"') },
  },
  {
    code: 'level_simple_form',
    what: 'a rule whose name has a variable in it',
    rego: `${rule('limit[input.agent.scope] > 5')}\n\nlimit[scope] := most if some scope, most in data.policy.compliance.most`,
    data: 'most: { support: 9 }\n',
    but: {
      rego: rule('data.policy.compliance.most[input.agent.scope] > 5'),
      data: 'most: { support: 9 }\n',
    },
  },
];
