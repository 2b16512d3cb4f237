import { expect, test } from 'vitest';
import { metadata, refusalsOf } from '../testing/sample-release.ts';

const DATA = 'rows_max: 50\nlimits:\n  crm.read: 5\nteams: [{ name: a, mail: b }]\n';

/** Obligations whose fields are constant or come from data, however the conditions read the call. */
const SOUND: readonly (readonly [what: string, key: string, body: string])[] = [
  ['constants, on a condition on arguments', '"limits": {"rows": 5}', 'input.action.args.rows > 5'],
  [
    'a value of data that an argument is only compared with',
    '"limits": {"rows": n}',
    'n := data.policy.compliance.rows_max; input.action.args.rows > n',
  ],
  [
    'a value of data by what is acted on',
    '"limits": {"rows": n}',
    'n := data.policy.compliance.limits[input.action.tool]; input.action.args.rows > n',
  ],
  [
    'a list of data',
    '"to": to',
    'to := [team.mail | some team in data.policy.compliance.teams]; input.action.args.all',
  ],
  [
    'what `some` takes of data by the agent’s team',
    '"to": [team.mail]',
    'some team in data.policy.compliance.teams; team.name == input.agent.owner_team; input.action.args.x',
  ],
  ['a variable that is another name of the action', '"to": [a.server]', 'a := input.action; a.args.rows > 5'],
];

test('obligations may take fields from data and read arguments in their conditions', async () => {
  const rules = SOUND.map(
    ([, key, body], position) =>
      `${metadata()}oblige contains {"id": "o${position}", "kind": "notify", ${key}} if { ${body} }\n`,
  );
  const files = {
    'compliance/data.yaml': DATA,
    'compliance/x.rego': `package policy.compliance\n\n${rules.join('\n')}`,
  };
  expect(await refusalsOf(files)).toEqual([]);
});

/** Obligations whose fields an argument has a say in. */
const SHAPED: readonly (readonly [what: string, key: string, body: string])[] = [
  ['an argument', '"to": [input.action.args.to]', 'true'],
  ['an argument with a default', '"to": [object.get(input.action.args, "to", "x")]', 'true'],
  ['an argument under another name', '"to": [to]', 'a := input.action.args; to := a.to'],
  ['an argument by unification', '"to": [to]', 'to = input.action.args.to'],
  ['an element of an argument', '"to": [to]', 'some to in input.action.args.list'],
  [
    'one of data that an argument picks',
    '"to": [team.mail]',
    'some team in data.policy.compliance.teams; team.name == input.action.args.team',
  ],
  [
    'one of data that an argument picks later',
    '"to": [mail]',
    'some team in data.policy.compliance.teams; mail := team.mail; n := team.name; n == input.action.args.team',
  ],
  [
    'one of data at a place that an argument picks',
    '"to": [mail]',
    'mail := data.policy.compliance.teams[i].mail; i == input.action.args.i',
  ],
  [
    'one of data under a name that an argument gives',
    '"limits": {"rows": n}',
    'n := data.policy.compliance.limits[input.action.args.tool]',
  ],
  ['a text made with an argument', '"to": [$"{input.action.args.to}"]', 'true'],
  ['a comprehension over arguments', '"to": [x | some x in input.action.args.list]', 'true'],
  ['the whole input', '"to": [json.marshal(input)]', 'true'],
];

test('obligations may not take fields from arguments, on whatever way', async () => {
  const rules = SHAPED.map(
    ([, key, body], position) =>
      `${metadata(`o${position}`)}oblige contains {"id": "o${position}", "kind": "notify", ${key}} if { ${body} }\n`,
  );
  const text = `package policy.compliance\n\n${rules.join('\n')}`;
  const findings = await refusalsOf({ 'compliance/data.yaml': DATA, 'compliance/x.rego': text });
  const rows = text
    .split('\n')
    .flatMap((line, position) => (line.startsWith('oblige') ? [position + 1] : []));
  const refused = new Set(findings.map(({ row, code }) => `${row} ${code}`));
  expect([...refused]).toEqual(rows.map((row) => `${row} obligation_reads_payload`));
});
