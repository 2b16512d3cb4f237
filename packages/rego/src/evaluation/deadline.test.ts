import { expect, test } from 'vitest';
import { planOf } from '../testing/opa.ts';
import { numberOf } from '../values/big-number.ts';
import type { Value } from '../values/value.ts';
import { compilePlan } from './policy.ts';

const DEADLINE_MS = 100;
/** How long an evaluation may take to end, on a machine that does other things too. */
const ENDED_WITHIN_MS = 2_000;

/** Rounds of a loop in which the steps alone bring no look at the clock. */
const FEW_ROUNDS = 900;

interface SlowCall {
  /** The name of the rule. */
  readonly name: string;
  readonly call: string;
  readonly input: () => Value;
}

const longText = () => ({ text: 'a'.repeat(100_000) });
const longYaml = () => ({ text: rows(60_000, (row) => `k${row}: v`).join('\n') });

/** Calls that would take many seconds each, or far less where the built-in is quick. */
const CALLS: readonly SlowCall[] = [
  { name: 'regex_replace', call: 'regex.replace(input.text, "a.*b|a", "zz")', input: longText },
  { name: 'regex_find', call: 'regex.find_n("a.*b|a", input.text, -1)', input: longText },
  {
    name: 'regex_groups',
    call: 'regex.find_all_string_submatch_n("(a).*b|a", input.text, -1)',
    input: longText,
  },
  { name: 'regex_split', call: 'regex.split("a.*b|a", input.text)', input: longText },
  {
    name: 'regex_match',
    call: '[1 | some _ in input.rounds; regex.match("(.|x){200}(x|b){200}y", input.text)]',
    input: () => ({ text: `${'x'.repeat(20_000)}zy`, rounds: rows(FEW_ROUNDS, Number) }),
  },
  {
    name: 'replace_n',
    call: 'strings.replace_n(input.patterns, input.text)',
    input: () => ({
      patterns: Object.fromEntries(rows(300, (row) => [`${'a'.repeat(20_000)}${row}`, 'x'])),
      text: 'a'.repeat(400_000),
    }),
  },
  {
    name: 'cidr_matches',
    call: 'net.cidr_contains_matches(input.networks, input.addresses)',
    input: () => ({
      networks: rows(6_000, (row) => `10.${row >> 8}.${row & 255}.0/24`),
      addresses: rows(6_000, (row) => `10.${row >> 8}.${row & 255}.3`),
    }),
  },
  {
    name: 'cidr_merge',
    call: 'net.cidr_merge(input.networks)',
    input: () => ({ networks: rows(200_000, (row) => `10.${row >> 8}.${row & 255}.0/25`) }),
  },
  {
    name: 'subset',
    call: 'object.subset(input.whole, input.part)',
    input: () => ({ whole: rows(60_000, () => 1), part: [...rows(30_000, () => 1), 2] }),
  },
  {
    name: 'yaml_unmarshal',
    call: 'yaml.unmarshal(input.text)',
    input: () => ({ text: `"${'x'.repeat(1_000_000)}"` }),
  },
  {
    name: 'union_n',
    call: 'object.union_n(input.objects)',
    input: () => ({ objects: rows(10_000, (row) => ({ [`k${row}`]: 1 })) }),
  },
  { name: 'yaml_is_valid', call: 'yaml.is_valid(input.text)', input: longYaml },
  {
    name: 'yaml_marshal',
    call: 'yaml.marshal(input)',
    input: () => Object.fromEntries(rows(30_000, (row) => [`k${row}`, 'v'])),
  },
  {
    name: 'json_unmarshal',
    call: 'json.unmarshal(input.text)',
    input: () => ({ text: `[${rows(500_000, (row) => `${row}.10`).join()}]` }),
  },
  {
    name: 'json_escaped_keys',
    call: 'json.unmarshal(input.text)',
    input: () => ({ text: `[${rows(200_000, (row) => `{"\\u0061":${row}}`).join()}]` }),
  },
  {
    name: 'json_plain',
    call: '[1 | some _ in input.rounds; json.unmarshal(input.text)]',
    input: () => ({ text: `[${rows(20_000, Number).join()}]`, rounds: rows(FEW_ROUNDS, Number) }),
  },
  {
    name: 'json_is_valid',
    call: '[1 | some _ in input.rounds; json.is_valid(input.text)]',
    input: () => ({ text: `[${rows(20_000, Number).join()}]`, rounds: rows(FEW_ROUNDS, Number) }),
  },
  {
    name: 'multiplication',
    call: '[product | some _ in input.rounds; product := input.number * input.number]',
    input: () => ({ number: numberOf('7'.repeat(100_000)), rounds: rows(FEW_ROUNDS, Number) }),
  },
  {
    name: 'division',
    call: '[quotient | some _ in input.rounds; quotient := input.number / 3]',
    input: () => ({ number: numberOf('7'.repeat(100_000)), rounds: rows(FEW_ROUNDS, Number) }),
  },
  {
    name: 'summing',
    call: 'sum(input.numbers)',
    input: () => ({ numbers: rows(200, (row) => numberOf(`${row + 1}${'7'.repeat(50_000)}`)) }),
  },
];

function rows<Row>(count: number, rowOf: (row: number) => Row): Row[] {
  return Array.from({ length: count }, (_, row) => rowOf(row));
}

const policy = compilePlan(
  planOf(
    `package t\n\n${CALLS.map(({ name, call }) => `${name} := x if x := ${call}\n`).join('\n')}`,
    ...CALLS.map(({ name }) => `t/${name}`),
  ),
);

test.each(CALLS)('the deadline holds within a built-in: $name', ({ name, input }) => {
  const given = input();
  const startedAtMs = performance.now();
  const evaluation = policy.evaluate(`t/${name}`, { input: given, deadlineMs: DEADLINE_MS });
  const tookMs = performance.now() - startedAtMs;
  expect(evaluation).toMatchObject({ kind: 'failed', code: 'eval_cancel_error' });
  expect(tookMs).toBeLessThan(ENDED_WITHIN_MS);
});
