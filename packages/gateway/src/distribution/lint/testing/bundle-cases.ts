import { type LintCase, REQUIRED, rule } from './condition-cases.ts';
import type { LintedText } from './lint-bundle.ts';

/** Of built-ins, shapes, overrides, modes and tests. */
export const BUNDLE_CASES: readonly LintCase[] = [
  {
    code: 'builtin_may_fail',
    what: 'a built-in on what may be no text',
    rego: rule('contains(input.action.args.path, "..")'),
    says: '`contains` fails',
    but: { rego: rule('is_string(input.action.args.path)\ncontains(input.action.args.path, "..")') },
  },
  {
    code: 'builtin_may_fail',
    what: 'a guard that comes too late',
    rego: rule('contains(input.action.args.path, "..")\nis_string(input.action.args.path)'),
    but: { rego: rule('path := input.action.args.path\nis_string(path)\ncontains(path, "..")') },
  },
  {
    code: 'builtin_may_fail',
    what: 'text that may be no number, though it is text',
    rego: rule('is_string(input.action.args.amount)\nto_number(input.action.args.amount) > 5'),
    but: {
      rego: rule(
        'is_string(input.action.args.amount)\nregex.match(`^[0-9]+$`, input.action.args.amount)\nto_number(input.action.args.amount) > 5',
      ),
    },
  },
  {
    code: 'builtin_may_fail',
    what: 'an element of a list, and arithmetic',
    rego: rule(
      'some path in input.action.args.paths\nstartswith(lower(path), "/")\ninput.action.args.a + 1 > 2',
    ),
    but: {
      rego: rule('some path in input.action.args.paths\nis_string(path)\nstartswith(lower(path), "/")'),
    },
  },
  {
    code: 'builtin_may_fail',
    what: 'an argument of unknown type',
    rego: rule('input.action.tool == "crm.read"\nstartswith(input.action.args.id, "x")'),
    but: {
      rego: rule('input.action.tool == "crm.read"\nstartswith(input.action.args.id, "x")'),
      tools: REQUIRED,
    },
  },
  {
    code: 'object_get_of_no_object',
    what: 'an argument that may be no object',
    rego: rule('object.get(input.action.args.filter, "all", false)'),
    but: { rego: rule('object.get(input.action.args, ["filter", "all"], false)') },
  },
  {
    code: 'object_get_of_no_object',
    what: 'a result that is null before there is one',
    rego: rule('object.get(input.result, "text", "") == "x"'),
    says: '`input.result` is not always an object',
    but: { rego: rule('object.get(input.environment.flags, "text", true)') },
  },
  {
    code: 'object_get_of_no_object',
    what: 'an entry of a table',
    rego: rule('object.get(data.policy.compliance.models[input.action.model], "cleared", false)'),
    data: 'models: { a: { cleared: true } }\n',
    but: {
      rego: rule('object.get(data.policy.compliance.models, [input.action.model, "cleared"], false)'),
      data: 'models: { a: { cleared: true } }\n',
    },
  },
  {
    code: 'shape_else',
    what: 'a helper with `else`',
    rego: `${rule('input.context.turn_count > limit')}\n\nlimit := 1 if input.agent.scope == "a"\n\nelse := 2`,
    but: {
      rego: `${rule('input.context.turn_count > limit')}\n\nlimit := 1 if input.agent.scope == "a"\n\nlimit := 2 if input.agent.scope == "b"`,
    },
  },
  {
    code: 'shape_router',
    what: 'a comprehension over documents under any name',
    rego: `${rule('count({f | f := data.policy.compliance.checks[_].failed}) > 0')}\n\nchecks.amount.failed := input.agent.id`,
    but: {
      rego: rule('count({f | f := data.policy.compliance.checks[_].failed}) > 0'),
      data: 'checks: { a: { failed: 1 } }\n',
    },
  },
  {
    code: 'shape_interpolated',
    what: 'a text that is put together in a head',
    rego: 'META\noblige contains {"id": "x", "kind": "tag", "tag": sprintf("%s", [input.agent.id])} if input.agent.scope == "a"',
    but: {
      rego: 'META\noblige contains {"id": "x", "kind": "tag", "tag": "a"} if sprintf("%s", [input.agent.id]) == "a"',
    },
  },
  {
    code: 'shape_opaque',
    what: '`walk`',
    rego: rule('some value\nwalk(input.action.args, [_, value])\nvalue == "secret"'),
    but: { rego: rule('some value in input.action.args\nvalue == "secret"') },
  },
  {
    code: 'override_dropped',
    what: 'an override that lasts too long',
    ...overrides({ expires_at: '2026-12-30T00:00:00Z' }),
    says: 'It may last at most 7 days.',
    but: overrides({}),
  },
  {
    code: 'override_dropped',
    what: 'an override that is malformed',
    ...overrides({ ticket: '' }),
    but: overrides({}),
  },
  {
    code: 'override_expired',
    what: 'an override that is over',
    ...overrides({ not_before: '2026-11-01T00:00:00Z', expires_at: '2026-11-05T00:00:00Z' }),
    but: overrides({}),
  },
  {
    code: 'mode_without_end',
    what: 'a rule that is watched',
    rego: rule('input.agent.scope == "a"', '{mode: watch}'),
    but: { rego: rule('input.agent.scope == "a"', '{mode: watch; watch_until: 2026-11-22}') },
  },
  {
    code: 'mode_without_end',
    what: 'a rule that is in its canary',
    rego: rule('input.agent.scope == "a"', '{mode: canary; canary: { share: 0.1 }}'),
    but: {
      rego: rule(
        'input.agent.scope == "a"',
        '{mode: canary; canary: { share: 0.1 }; watch_until: 2026-11-22}',
      ),
    },
  },
  {
    code: 'canary_covers_nobody',
    what: 'a canary with a share of nothing',
    rego: rule('input.agent.scope == "a"', '{mode: canary; canary: { share: 0 }}'),
    says: 'covers nobody',
    but: { rego: rule('input.agent.scope == "a"', '{mode: canary; canary: { share: 0, teams: [cx] }}') },
  },
  {
    code: 'canary_covers_nobody',
    what: 'a canary with a team that owns no agent',
    ...canaryOf('{ teams: [cxx] }'),
    says: '`cxx`',
    but: canaryOf('{ teams: [cx], share: 0 }'),
  },
  {
    code: 'mode_overdue',
    what: 'a rule that was to leave its canary by yesterday',
    rego: rule(
      'input.agent.scope == "a"',
      '{mode: canary; canary: { teams: [cx] }; watch_until: 2026-11-21}',
    ),
    but: { rego: rule('input.agent.scope == "a"') },
  },
  {
    code: 'mode_overdue',
    what: 'a rule that was to be off until yesterday',
    rego: rule('input.agent.scope == "a"', '{mode: off; watch_until: 2026-11-21}'),
    but: { rego: rule('input.agent.scope == "a"', '{mode: off; watch_until: 2026-11-23}') },
  },
  {
    code: 'data_no_collection',
    what: 'a text in the place of a list',
    rego: rule('some scope in data.policy.compliance.scopes\ninput.agent.scope == scope'),
    data: 'scopes: support\n',
    says: 'is one text',
    but: {
      rego: rule('some scope in data.policy.compliance.scopes\ninput.agent.scope == scope'),
      data: 'scopes: [support]\n',
    },
  },
  {
    code: 'data_no_collection',
    what: 'a key without a value, and `not … in`',
    rego: rule('not input.agent.scope in data.policy.compliance.scopes'),
    data: 'scopes:\n',
    says: 'is nothing',
    but: {
      rego: rule('not input.agent.scope in data.policy.compliance.scopes'),
      data: 'scopes: { support: true }\n',
    },
  },
  {
    code: 'test_always_holds',
    what: 'a test that names the rule set alone',
    rego: rule('input.agent.scope == "a"'),
    tests: 'test_fires if own.deny with input.agent.scope as "a"',
    says: '`own.deny` alone always holds',
    but: {
      rego: rule('input.agent.scope == "a"'),
      tests: 'test_fires if "x" in own.deny with input.agent.scope as "a"\n\ntest_none if not own.deny.x',
    },
  },
  {
    code: 'test_never_runs',
    what: 'a test whose name does not begin with `test_`',
    rego: rule('input.agent.scope == "a"'),
    tests: 'fires_test if "x" in own.deny with input.agent.scope as "a"',
    says: '`fires_test` is not named `test_…`',
    but: {
      rego: rule('input.agent.scope == "a"'),
      tests:
        'test_fires if "x" in own.deny with input.agent.scope as scope\n\nscope := "a"\n\ntodo_test_silent if false\n\nwhole.test_below if true',
    },
  },
  {
    code: 'test_never_runs',
    what: 'a function that no test calls',
    rego: rule('input.agent.scope == "a"'),
    tests: 'denied(id) if id in own.deny\n\ntest_fires if "x" in own.deny with input.agent.scope as "a"',
    but: {
      rego: rule('time.now_ns() > 0'),
      tests: 'clock := 1\n\nnow(_) := clock\n\ntest_fires if "x" in own.deny with time.now_ns as now',
    },
  },
  {
    code: 'test_ships',
    what: 'a test beside the rules',
    rego: `${rule('input.agent.scope == "a"')}\n\ntest_fires if "x" in deny with input.agent.scope as "a"`,
    says: '`test_fires` ships with the rules',
    but: { rego: `${rule('input.agent.scope in test_scopes')}\n\ntest_scopes := {"a"}` },
  },
  {
    code: 'test_firing_missing',
    what: 'a rule that is only tested not to fire',
    rego: rule('input.agent.scope == "a"'),
    tests: 'test_silent if not "x" in own.deny with input.agent.scope as "b"',
    but: {
      rego: rule('input.agent.scope == "a"'),
      tests: 'test_fires if "x" in own.deny with input.agent.scope as "a"',
    },
  },
  {
    code: 'test_firing_missing',
    what: 'a test that names the id of a rule of another set',
    rego: rule('input.agent.scope == "a"'),
    tests: 'test_fires if "x" in own.affirm with input.agent.scope as "a"',
    but: {
      rego: rule('input.agent.scope == "a"'),
      tests: 'denied(id) if id in own.deny\n\ntest_fires if denied("x") with input.agent.scope as "a"',
    },
  },
  {
    code: 'test_firing_missing',
    what: 'an id that is the name of a document, and no rule’s',
    rego: rule('input.agent.scope == "a"'),
    data: 'x: 1\n',
    tests: 'test_data if {\n\tdata.policy.compliance.x == 1\n\tcount(own.deny) >= 0\n}',
    but: {
      rego: rule('input.agent.scope == "a"'),
      tests: 'test_fires if own.deny["x"] with input.agent.scope as "a"',
    },
  },
  {
    code: 'test_silence_missing',
    what: 'a rule that is only tested to fire',
    rego: rule('input.agent.scope == "a"'),
    tests: 'test_fires if own.deny == {"x"} with input.agent.scope as "a"',
    but: {
      rego: rule('input.agent.scope == "a"'),
      tests: 'test_silent if own.deny == {"y"} with input.agent.scope as "b"',
    },
  },
  {
    code: 'test_silence_missing',
    what: 'a rule that is said to fire in a file with the other form of `not`',
    rego: rule('input.agent.scope == "a"'),
    tests: 'import future.keywords.not\n\ntest_fires if "x" in own.deny with input.agent.scope as "a"',
    but: {
      rego: rule('input.agent.scope == "a"'),
      tests: 'import future.keywords.not\n\ntest_silent if not "x" in own.deny with input.agent.scope as "b"',
    },
  },
  {
    code: 'test_silence_missing',
    what: 'a count that is not none',
    rego: rule('input.agent.scope == "a"'),
    tests: 'test_fires if count(own.deny) == 1 with input.agent.scope as "a"',
    but: {
      rego: rule('input.agent.scope == "a"'),
      tests: 'test_silent if count(own.deny) == 0 with input.agent.scope as "b"',
    },
  },
];

function overrides(changed: Readonly<Record<string, string>>): LintedText {
  const override = {
    ...{ id: 'o-1', lifts: ['compliance.residency'], scope: { agents: ['bot'] } },
    ...{ not_before: '2026-11-20T00:00:00Z', expires_at: '2026-11-26T00:00:00Z' },
    ...{ justification: 'The provider moves its region in this very week.', ticket: 'T-1' },
    ...{ requested_by: 'ada', approved_by: ['bea', 'cem'] },
    ...changed,
  };
  return { bundle: 'overrides', rego: '', data: JSON.stringify({ overrides: [override] }) };
}

/** A rule in a canary, beside agents of the team `cx`. */
function canaryOf(canary: string): LintedText {
  const rego = rule('input.agent.scope == "a"', `{mode: canary; canary: ${canary}}`);
  return { bundle: 'identity', rego, data: 'agents:\n  bot: { scope: support, owner_team: cx }\n' };
}
