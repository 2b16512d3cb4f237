/** Arbitrary rules that read the input in every way Rego has, and arbitrary changes of an input. */
import type { Json, JsonObject } from '@bailiff/contract';
import fc from 'fast-check';

/** Values that are compared with and put in, few enough to meet often. */
const LITERALS = ['"a"', '"b"', '1', '2', 'true'];

/** Fields that every input has, and arguments that it may have. */
const PATHS = [
  'user.id',
  'user.kind',
  'user.groups',
  'agent.id',
  'agent.chain',
  'action.tool',
  'action.effects',
  'action.target.id',
  'action.args.a',
  'action.args.b.c',
  'action.args.list',
  'action.args',
  'context.turn_count',
  'environment.flags',
  'environment.flags.frozen',
  'result',
];

/** A rule’s package but for its decision rules. Its helpers read the input in roundabout ways. */
export const PRELUDE = `package sample

import data.lib
import input as whole
import input.action as act

arguments := input.action.args

first := input.action.args.a

everything := input

tier(x) := "b" if x == "a" else := "a" if input.user.kind == "a"

same(x, y) if { x == y }

same(x, _) if { x == input.agent.id }

groups contains group if some group in input.user.groups

groups contains "b" if input.environment.flags.frozen

default limit := 1

limit := 2 if input.context.turn_count == 2

by_name[name] := value if some name, value in input.action.args
`;

/** A package that the other one reads. */
export const LIBRARY = `package lib

target := input.action.target.id

open if not input.action.tool == "a"

pick(name) := input.action.args[name]
`;

/** Lines that bring a variable into a body, by its name. */
const LOCALS: Readonly<Record<string, string>> = {
  u: 'u := input.user',
  g: 'g := input.action.args',
  d: 'd := g.b',
  t: 't := act.target',
  k: 'some k in ["a", "b", "id"]',
  m: 'm := object.get(input.action.args, "a", "none")',
  e: 'some e in input.action.effects',
  i: 'i := input',
};

const VALUES = fc.letrec<{ value: string; leaf: string }>((tie) => ({
  leaf: fc.oneof(
    fc.constantFrom(...LITERALS),
    fc.constantFrom(...PATHS).map((path) => `input.${path}`),
    fc.constantFrom(...PATHS).map(
      (path) =>
        `input${path
          .split('.')
          .map((part) => `["${part}"]`)
          .join('')}`,
    ),
    fc.constantFrom(
      ...['u', 'u.id', 'u.groups', 'g', 'g.a', 'g.b.c', 'd', 'd.c', 't', 't.id', 'k', 'm', 'e', 'i.user.id'],
      ...[
        'whole.agent.id',
        'act.tool',
        'act.args.list',
        'arguments.b',
        'arguments',
        'first',
        'everything.user.kind',
      ],
      ...[
        'input.action.args[k]',
        'input.user[k]',
        'input.action.args.list[_]',
        'input.action[k]',
        'by_name.a',
      ],
      ...[
        'lib.target',
        'data.lib.target',
        'data.sample.limit',
        'limit',
        'groups',
        'lib.pick("a")',
        'data.lib.pick(k)',
      ],
    ),
  ),
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 5, arbitrary: tie('leaf') },
    tie('value').map((value) => `tier(${value})`),
    tie('value').map((value) => `{"key": ${value}}.key`),
    tie('value').map((value) => `[${value}][0]`),
    tie('value').map((value) => `$"{${value}}"`),
    tie('value').map((value) => `[x | x := ${value}][0]`),
    tie('value').map((value) => `{x | some x in [${value}]}`),
    tie('value').map((value) => `object.get(input.action.args, "b", ${value})`),
    tie('value').map((value) => `object.get(input, ["user", "id"], ${value})`),
    tie('value').map((value) => `object.get(input.action.args.b, "c", ${value})`),
    fc.tuple(tie('value'), tie('value')).map(([a, b]) => `object.get({"key": ${a}}, "key", ${b})`),
  ),
}));

const CONDITION = fc.oneof(
  fc.tuple(VALUES.value, VALUES.value).map(([a, b]) => `${a} == ${b}`),
  fc.tuple(VALUES.value, fc.constantFrom(...LITERALS)).map(([a, b]) => `${a} == ${b}`),
  fc.tuple(VALUES.value, fc.constantFrom(...LITERALS)).map(([a, b]) => `not ${a} == ${b}`),
  fc.tuple(VALUES.value, VALUES.value).map(([a, b]) => `same(${a}, ${b})`),
  fc.tuple(VALUES.value, VALUES.value).map(([a, b]) => `${a} in [${b}, "b"]`),
  VALUES.value.map((a) => `not "a" in ${a}`),
  VALUES.value.map((a) => `every x in [${a}] { x != input.agent.id }`),
  VALUES.value.map((a) => `count([1 | some x in [${a}]; x == input.user.id]) == 1`),
  VALUES.value.map((a) => `lib.open with input.action.tool as ${a}`),
  VALUES.value.map((a) => `limit == 2 with input.context as {"turn_count": ${a}}`),
  VALUES.value.map((a) => `"a" in groups with input.user.groups as [${a}]`),
  VALUES.value.map((a) => `{"key": x} = {"key": ${a}}; x != 1`),
  VALUES.value.map((a) => `not ${a}`),
);

/** The body of a rule: conditions, after the lines that bring in their variables. */
export const anyBody = fc.array(CONDITION, { minLength: 1, maxLength: 3 }).map((conditions) => {
  const text = conditions.join('; ');
  const needed = new Set(
    Object.keys(LOCALS).filter((name) => new RegExp(`(?<![.\\w"])${name}\\b`).test(text)),
  );
  if (needed.has('d')) needed.add('g');
  const lines = Object.entries(LOCALS).flatMap(([name, line]) => (needed.has(name) ? [line] : []));
  // What one condition binds is not in the way of the next.
  const own = conditions.map((condition, position) => condition.replaceAll(/\bx\b/g, `x${position}`));
  return [...lines, ...own].join('; ');
});

const anyText = fc.constantFrom('a', 'b');
const anyScalar: fc.Arbitrary<Json> = fc.constantFrom('a', 'b', 1, 2, true, null);
const anyArgument: fc.Arbitrary<Json> = fc.oneof(
  anyScalar,
  fc.array(anyScalar, { maxLength: 2 }),
  fc.dictionary(fc.constantFrom('a', 'c'), anyScalar),
);

/** Where an input may be changed, and to what: its own fields stay what they are, arguments may come and go. */
const CHANGES: Readonly<Record<string, fc.Arbitrary<Json | undefined>>> = {
  'user.id': anyText,
  'user.kind': anyText,
  'user.groups': fc.array(anyText, { maxLength: 2 }),
  'agent.id': anyText,
  'agent.chain': fc.array(anyText, { maxLength: 1 }),
  'action.tool': anyText,
  'action.effects': fc.array(anyText, { maxLength: 2 }),
  'action.target.id': anyText,
  'action.args.a': fc.option(anyArgument, { nil: undefined }),
  'action.args.b': fc.option(anyArgument, { nil: undefined }),
  'action.args.list': fc.option(fc.array(anyScalar, { maxLength: 2 }), { nil: undefined }),
  'context.turn_count': fc.constantFrom(1, 2),
  'environment.flags.frozen': fc.option(fc.boolean(), { nil: undefined }),
  result: fc.option(fc.record({ text: anyText }), { nil: null }),
};

/** A change of one place of an input. */
export interface Change {
  readonly path: readonly string[];
  /** Undefined takes it away. */
  readonly value: Json | undefined;
}

const changeAt = ([path, values]: readonly [string, fc.Arbitrary<Json | undefined>]) =>
  values.map((value): Change => ({ path: path.split('.'), value }));

export const anyChange: fc.Arbitrary<Change> = fc.oneof(...Object.entries(CHANGES).map(changeAt));

const PLAIN: JsonObject = {
  user: { id: 'a', kind: 'a', groups: [] },
  agent: { id: 'a', chain: [] },
  action: { tool: 'a', effects: [], target: { id: 'a' }, args: {} },
  context: { turn_count: 1 },
  environment: { flags: {} },
  result: null,
};

/** An input with something of its own at every place that may change. */
export const anyInput: fc.Arbitrary<JsonObject> = fc
  .tuple(...Object.entries(CHANGES).map(changeAt))
  .map((changes) => changes.reduce(changed, PLAIN));

/** The input after a change. */
export function changed(input: JsonObject, { path, value }: Change): JsonObject {
  const [first = '', ...rest] = path;
  const { [first]: old, ...others } = input;
  if (rest.length > 0)
    return { ...others, [first]: changed((old ?? {}) as JsonObject, { path: rest, value }) };
  return value === undefined ? others : { ...others, [first]: value };
}
