import { expect, test } from 'vitest';
import { compliance, identity, type Refusal, testRefusals } from '../testing/refusal.ts';
import { metadata, sampleRelease } from '../testing/sample-release.ts';

const M = metadata();

const PERMISSIONS: readonly Refusal[] = [
  {
    what: 'a grant of a category that does not grant',
    files: compliance(`${M}allow contains "x"`),
    found: ['compliance/x.rego:8: grant_refused'],
  },
  {
    what: 'a grant of a server’s bundle that may not',
    files: { 'servers/crm/x.rego': `package servers.crm\n\n${M}allow contains "x"\n` },
    found: ['servers/crm/x.rego:8: grant_refused'],
    says: 'may_grant: true',
  },
  {
    what: 'a grant that reads an argument',
    files: identity(`${M}allow contains "x" if {\n\tinput.agent.id == "a"\n\tinput.action.args.rows < 3\n}`),
    found: ['identity/x.rego:10: grant_reads_refused'],
    says: 'input.action.args.rows',
  },
  {
    what: 'a grant that reads the conversation',
    files: identity(`${M}allow contains "x" if input.context.turn_count < 3`),
    found: ['identity/x.rego:8: grant_reads_refused'],
  },
  {
    what: 'a grant that reads an argument after the `not` that is a form of its own',
    files: {
      'identity/x.rego': `package policy.identity\n\nimport future.keywords.not\n\n${M}allow contains "x" if not input.action.args.rows > 3\n`,
    },
    found: ['identity/x.rego:10: grant_reads_refused'],
    says: 'input.action.args.rows',
  },
  {
    what: 'a grant that reads budgets',
    files: identity(`${M}allow contains "x" if input.usage.tokens.remaining > 3`),
    found: ['identity/x.rego:8: grant_reads_refused'],
  },
  {
    what: 'a grant that reads the whole action',
    files: identity(`${M}allow contains "x" if count(input.action) > 3`),
    found: ['identity/x.rego:8: grant_reads_refused'],
  },
  {
    what: 'a grant that reads the bare input',
    files: identity(`${M}allow contains "x" if walk(input, [_, "x"])`),
    found: ['identity/x.rego:8: grant_reads_refused'],
  },
  {
    what: 'a grant that reads the input by a name it works out',
    files: identity(`${M}allow contains "x" if {\n\tname := "action"\n\tinput[name].args.rows == 1\n}`),
    found: ['identity/x.rego:10: grant_reads_refused'],
  },
  {
    what: 'a grant that reads arguments through a helper of another bundle',
    files: {
      ...identity(`${M}allow contains "x" if data.policy.compliance.few`),
      'compliance/few.rego': 'package policy.compliance\n\nfew if input.action.args.rows < 3\n',
    },
    found: ['identity/x.rego:8: grant_reads_refused', 'identity/x.rego:8: read_foreign'],
    says: 'through `data.policy.compliance.few`',
  },
  {
    what: 'a grant whose second body reads arguments',
    files: identity(
      `${M}allow contains "x" if input.agent.id == "a"\n\nallow contains "x" if input.action.args.a`,
    ),
    found: ['identity/x.rego:10: grant_reads_refused'],
  },
  {
    what: 'what another bundle says, where it is not registered to read that',
    files: {
      ...compliance('x := data.policy.resource.limit'),
      'resource/limit.rego': 'package policy.resource\n\nlimit := 3\n',
    },
    found: ['compliance/x.rego:3: read_foreign'],
    says: '`may_read`',
  },
  {
    what: 'a function of another bundle',
    files: {
      ...compliance('x := data.policy.identity.f(1)'),
      'identity/f.rego': 'package policy.identity\n\nf(n) := n\n',
    },
    found: ['compliance/x.rego:3: function_foreign'],
  },
  {
    what: 'a function of another bundle under another name',
    files: {
      'compliance/x.rego': 'package policy.compliance\n\nimport data.policy.identity.f as g\n\nx := g(1)\n',
      'identity/f.rego': 'package policy.identity\n\nf(n) := n\n',
    },
    found: ['compliance/x.rego:5: function_foreign'],
  },
  {
    what: 'a function of another bundle put in the place of one’s own',
    files: {
      ...compliance('own(n) := n\n\ny := own(1)\n\nx if y == 1 with own as data.policy.identity.f'),
      'identity/f.rego': 'package policy.identity\n\nf(n) := n\n',
    },
    found: ['compliance/x.rego:7: function_foreign'],
  },
  {
    what: 'a function of another bundle that is not there',
    files: compliance('x := data.servers.gone.f(1)'),
    found: ['compliance/x.rego:3: function_foreign'],
  },
  {
    what: 'the kernel’s documents',
    files: compliance('x := data.bailiff.within_capabilities'),
    found: ['compliance/x.rego:3: kernel_read'],
  },
  {
    what: 'the kernel’s answer, which makes the kernel ask itself: that is told of the rule alone',
    files: compliance(`${M}deny contains "x" if not data.bailiff.decision.allow`),
    found: ['compliance/x.rego:8: kernel_read'],
  },
  {
    what: 'a data path that nothing defines',
    files: compliance('x := data.policy.compliance.rows_min'),
    found: ['compliance/x.rego:3: data_undefined'],
  },
  {
    what: 'a data path that nothing defines, under an import',
    files: {
      'compliance/x.rego': 'package policy.compliance\n\nimport data.policy.limits\n\nx := limits.rows\n',
    },
    found: ['compliance/x.rego:5: data_undefined'],
  },
  {
    what: 'an input path that no input has',
    files: compliance('x if input.user.team == "a"\n\ny if input.action.args.team.name == "a"'),
    found: ['compliance/x.rego:3: input_path_unknown'],
  },
  {
    what: 'an input path that no input has, after `not`',
    files: compliance('x if not input.user.idd'),
    found: ['compliance/x.rego:3: input_path_unknown'],
    says: 'a condition on it never holds, and under `not` it always does. Did you mean `input.user.id`?',
  },
  {
    what: 'the length of a field of the input, as other languages read it',
    files: compliance('x if input.action.tool.length > 100\n\ny if input.action.lenght.length > 1'),
    found: ['compliance/x.rego:3: input_path_unknown', 'compliance/x.rego:5: input_path_unknown'],
    says: 'Write `count(input.action.tool)`',
  },
  {
    what: 'an obligation that holds an argument',
    files: compliance(`${M}oblige contains {"id": "x", "kind": "notify", "to": [input.action.args.to]}`),
    found: ['compliance/x.rego:8: obligation_reads_payload'],
  },
  {
    what: 'an obligation that holds a result',
    files: compliance(`${M}oblige contains {"id": "x", "kind": "notify", "to": [input.result.text]}`),
    found: ['compliance/x.rego:8: obligation_reads_payload'],
  },
  {
    what: 'an obligation that holds what an argument selects',
    files: compliance(
      `${M}oblige contains {"id": "x", "kind": "notify", "to": [to]} if {\n\tsome to in data.policy.identity.users.mara.groups\n\tto == input.action.args.to\n}`,
    ),
    found: ['compliance/x.rego:10: obligation_reads_payload'],
  },
  {
    what: 'an obligation that holds an argument through variables and a helper',
    files: compliance(
      `${M}oblige contains {"id": "x", "kind": "notify", "to": [to]} if {\n\tparts := [wanted]\n\tto := parts[0]\n}\n\nwanted := input.action.args.to`,
    ),
    found: ['compliance/x.rego:9: obligation_reads_payload'],
  },
  {
    what: 'a built-in that asks the world',
    files: compliance('x if http.send({"method": "get", "url": "http://a"}).status_code == 200'),
    found: ['compliance/x.rego:3: builtin_refused'],
    says: '`http.send` is not allowed',
  },
  {
    what: 'a built-in that asks the clock',
    files: compliance('x := time.now_ns()'),
    found: ['compliance/x.rego:3: builtin_refused'],
  },
  {
    what: 'what only the strict compiler refuses',
    files: compliance('x if {\n\ty := 1\n\ttrue\n}'),
    found: ['compliance/x.rego:4: rego_compile_error'],
  },
  {
    what: 'Rego that does not parse, in every file at once',
    files: { ...compliance('x if {'), ...identity('y if {') },
    found: ['compliance/x.rego:3: rego_parse_error', 'identity/x.rego:3: rego_parse_error'],
  },
];

testRefusals(PERMISSIONS);

test('collects what is wrong in several files and says it in one line each', async () => {
  await using sample = await sampleRelease({
    ...compliance('deny contains "x"'),
    ...identity('x := data.policy.nothing'),
  });
  await expect(sample.build()).rejects.toMatchObject({
    code: 'bundle_invalid',
    detail: expect.stringMatching(
      /^compliance\/x\.rego:3: rule_metadata_missing: .* — .*\nidentity\/x\.rego:3: data_undefined: .* — .*$/,
    ),
  });
});

test('refuses data of an optional bundle that is not on disk', async () => {
  await using sample = await sampleRelease(compliance('x := data.servers.erp.limit'));
  const registered = '  servers/erp: { path: servers/erp, required: false }\n';
  await sample.write({
    'release.yaml': `name: s\nversion: 1.0.0\ncatalogue: catalogue.yaml\nbundles:\n  identity: { path: identity }\n  compliance: { path: compliance }\n  servers/crm: { path: servers/crm }\n${registered}servers_without_bundle: [everything]\n`,
  });
  await expect(sample.build()).rejects.toMatchObject({ findings: [{ code: 'data_undefined', row: 3 }] });
});

test.each([
  ['what it is registered to read', 'data.policy.resource.limit', ', may_read: [policy.resource.limit]'],
  ['what identity says', 'data.policy.identity.agents', ''],
  ['the catalogue', 'data.catalogue.servers', ''],
])('takes a bundle that reads %s', async (_what, read, registered) => {
  await using sample = await sampleRelease({
    ...compliance(`x := ${read}`),
    'resource/limit.rego': 'package policy.resource\n\nlimit := 3\n',
  });
  await sample.write({
    'release.yaml': `name: s\nversion: 1.0.0\ncatalogue: catalogue.yaml\nbundles:\n  identity: { path: identity }\n  resource: { path: resource }\n  compliance: { path: compliance${registered} }\n  servers/crm: { path: servers/crm }\nservers_without_bundle: [everything]\n`,
  });
  await expect(sample.build()).resolves.toBeDefined();
});
