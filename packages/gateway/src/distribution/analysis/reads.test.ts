import { describe, expect, test } from 'vitest';
import { readsOf } from '../testing/reads-of.ts';

/** A body of a rule in a package with the helpers below, and what it reads. */
const BODIES: readonly (readonly [what: string, body: string, ...reads: string[]])[] = [
  ['a field', 'input.user.id == "a"', 'input.user.id'],
  ['a field in brackets', 'input["user"]["id"] == "a"', 'input.user.id'],
  ['up to what is no constant', 'input.action.args[input.user.id].x', 'input.action.args', 'input.user.id'],
  ['up to a position in a list', 'input.user.groups[0] == "a"', 'input.user.groups'],
  ['up to a wildcard', 'input.user.groups[_] == "a"', 'input.user.groups'],
  ['up to a name that a dotted path cannot show', 'input.action.args["a.b"].c', 'input.action.args'],
  ['a name with a hyphen', 'input.usage["agent-weekly"].used > 1', 'input.usage.agent-weekly.used'],
  ['the input by a name it works out', 'some k in ["user"]; input[k]', 'input'],
  ['the bare input as a value', 'x := input; count(x) > 1', 'input'],
  ['the bare input as an argument', 'count(input) > 1', 'input'],
  ['through a variable that is another name', 'u := input.user; u.id == "a"', 'input.user.id'],
  ['through two of them', 'a := input.action; b := a.target; b.id == "x"', 'input.action.target.id'],
  ['a variable as a whole', 'u := input.user; count(u) > 1', 'input.user'],
  ['a variable for what may be absent', 'a := input.action.args.a; not a.b', 'input.action.args.a'],
  ['a variable that a pattern binds', '[x, _] := [input.user, 1]; x.id == "a"', 'input.user'],
  ['a variable that unification binds', 'x = input.user; x.id == "a"', 'input.user'],
  ['a negation', 'not input.environment.is_production', 'input.environment.is_production'],
  ['both sides of `in`', 'input.user.id in input.action.args.ids', 'input.action.args.ids', 'input.user.id'],
  ['a negated `in`', 'not input.action.region in {"eu"}', 'input.action.region'],
  ['what `some` goes through', 'some g in input.user.groups; g == "a"', 'input.user.groups'],
  ['keys and values', 'some k, v in input.action.args; k == v', 'input.action.args'],
  [
    'what `every` goes through and compares',
    'every g in input.user.groups { g != input.user.id }',
    'input.user.groups',
    'input.user.id',
  ],
  [
    'a comprehension',
    'count({x | some x in input.user.groups; x != input.agent.id}) > 1',
    'input.agent.id',
    'input.user.groups',
  ],
  ['an object comprehension', 'y := {k: input.agent.id | some k in ["a"]}; y.a == "b"', 'input.agent.id'],
  [
    'a comprehension inside a call inside an array',
    '[count([1 | input.agent.id == "a"])] == [1]',
    'input.agent.id',
  ],
  [
    'a text with values in it',
    '$"{input.user.id}-{count(input.user.groups)}" == "a"',
    'input.user.groups',
    'input.user.id',
  ],
  [
    '`object.get` of what is always there',
    'object.get(input.action.args, "rows", 0) > 1',
    'input.action.args.rows',
  ],
  [
    '`object.get` with a path',
    'object.get(input, ["action", "args", "rows"], 0) > 1',
    'input.action.args.rows',
  ],
  [
    '`object.get` through a variable',
    'a := input.action.args; object.get(a, "rows", 0) > 1',
    'input.action.args.rows',
  ],
  [
    '`object.get` of what may be absent',
    'object.get(input.action.args.a, "b", 0) > 1',
    'input.action.args.a',
  ],
  [
    '`object.get` with a key it works out',
    'object.get(input.action.args, input.user.id, 0) > 1',
    'input.action.args',
    'input.user.id',
  ],
  [
    'the default of `object.get`',
    'object.get(input.action.args, "a", input.user.id) == "a"',
    'input.action.args.a',
    'input.user.id',
  ],
  ['a helper', 'helper', 'input.agent.scope'],
  ['a helper’s helper', 'deep', 'input.agent.scope', 'input.session.transport'],
  ['a helper of another file', 'elsewhere', 'data.other.table', 'input.agent.version'],
  ['a function and its arguments', 'f(input.user.id)', 'input.agent.owner_team', 'input.user.id'],
  ['a function’s `else`', 'g(1) == 2', 'input.action.model', 'input.action.server'],
  ['a rule with `else`', 'chain == 1', 'input.action.model', 'input.action.server', 'input.action.tool'],
  ['a rule that defaults', 'defaulted', 'input.action.provider'],
  ['a rule that is another name', 'arguments.rows > 1', 'input.action.args.rows'],
  ['a rule that is another name, as a whole', 'count(arguments) > 1', 'input.action.args'],
  ['a rule that is another name of what may be absent', 'not first.x', 'input.action.args.first'],
  ['an import', 'act.type == "tool_call"', 'input.action.type'],
  ['an import of the input itself', 'everything.user.id == "a"', 'input.user.id'],
  ['an import of another package', 'lib.limit == input.user.id', 'data.lib.base.limit', 'input.user.id'],
  ['another bundle’s document', 'data.lib.limit == 1', 'data.lib.base.limit'],
  ['another bundle’s documents as a whole', 'count(data.lib) > 1', 'data.lib', 'input.context.turn_count'],
  [
    'a document by a name it works out',
    'data.lib[input.user.id]',
    'data.lib',
    'input.context.turn_count',
    'input.user.id',
  ],
  ['base data below a document with rules', 'data.lib.base.x == 1', 'data.lib.base.x'],
  ['one’s own package in full', 'data.sample.helper', 'input.agent.scope'],
  ['a set that rules add to', '"x" in members', 'input.action.effects'],
  ['an object that rules add to', 'objects.a.b', 'input.action.region', 'input.action.type'],
  [
    'a replaced input: what replaces it, and what is replaced',
    'helper with input.agent.scope as input.user.id',
    'input.agent.scope',
    'input.user.id',
  ],
  [
    'a replaced input as a whole',
    'helper with input as {"agent": input.action.args}',
    'input.action.args',
    'input.agent.scope',
  ],
  [
    'replaced data',
    'data.lib.limit == 1 with data.lib.base as input.user.id',
    'data.lib.base.limit',
    'input.user.id',
  ],
  ['a replaced function', 'helper with f as spare', 'input.agent.scope', 'input.session.auth_method'],
  ['a replaced built-in', 'counted with count as spare', 'input.session.auth_method', 'input.user.groups'],
  ['a rule by the name of a variable is no rule', 'helper := 1; helper == input.user.id', 'input.user.id'],
  [
    'a variable inside a comprehension does not reach outside',
    'x := [u | u := input.user.id]; x == [input.agent.id]',
    'input.agent.id',
    'input.user.id',
  ],
  ['a reference into a call’s result', 'h(input.user).id == "a"', 'input.user'],
  ['a reference into an object', '{"a": input.user.id}.a == "b"', 'input.user.id'],
  ['a set and an object', '{input.user.id} == {x | x := input.agent.id}', 'input.agent.id', 'input.user.id'],
  ['the path above swallows the one below', 'count(input.user) > 1; input.user.id == "a"', 'input.user'],
  [
    'an index that is another reference',
    'input.action.args.a[input.action.args.b] == 1',
    'input.action.args.a',
    'input.action.args.b',
  ],
  ['a pattern in `some`', 'some {"id": x} in input.action.args.list; x == 1', 'input.action.args.list'],
  ['`walk`', 'walk(input.action.args, [_, "x"])', 'input.action.args'],
  ['nothing', 'true'],
];

const SAMPLE = `package sample

import data.lib
import input as everything
import input.action as act

helper if input.agent.scope == "a"

deep if { helper; input.session.transport == "http" }

f(x) if { x == "a"; input.agent.owner_team == x }

g(x) := 1 if input.action.server == "a" else := 2 if input.action.model == "b"

h(x) := x

spare(x) if input.session.auth_method == x

counted if count(input.user.groups) == 2

chain := 1 if input.action.tool == "a" else := 2 if input.action.server == "b" else := 3 if input.action.model == "c"

default defaulted := false

defaulted if input.action.provider == "a"

arguments := input.action.args

first := input.action.args.first

members contains x if some x in input.action.effects

objects[x].b if x := input.action.type

objects.a.b if input.action.region == "eu"
`;
const OTHERS = [
  'package sample\n\nelsewhere if input.agent.version == data.other.table[_]\n',
  'package lib\n\nlimit := data.lib.base.limit\n\nturns := input.context.turn_count\n',
];

describe('what a rule reads', async () => {
  const rules = BODIES.map(([, body], position) => `deny contains "r${position}" if { ${body} }\n`);
  const reads = await readsOf([SAMPLE, ...rules].join('\n'), ...OTHERS);

  test.each(
    BODIES.map(([what, body, ...expected], position) => ({ what, body, expected, position })),
  )('$what: $body', ({ expected, position }) => expect(reads.get(`r${position}`)).toEqual(expected));
});

test('`object.get` is believed only where nothing takes its place', async () => {
  const rule = 'package sample\n\ndeny contains "r" if object.get(input.action.args, "a", 0) == 1\n';
  const replacing = 'package other\n\nx if data.sample.deny with object.get as f\n\nf(o, k, d) := o\n';
  expect((await readsOf(rule)).get('r')).toEqual(['input.action.args.a']);
  expect((await readsOf(rule, replacing)).get('r')).toEqual(['input.action.args']);
});

test('all bodies of a rule count', async () => {
  const text =
    'package sample\n\ndeny contains "r" if input.user.id == "a"\n\ndeny contains "r" if input.agent.id == "a"\n';
  expect((await readsOf(text)).get('r')).toEqual(['input.agent.id', 'input.user.id']);
});

test('rules that read each other in circles end', async () => {
  const text = 'package sample\n\na if b\n\nb if { a; input.user.id == "a" }\n';
  expect((await readsOf(text)).get('a')).toEqual(['input.user.id']);
});
