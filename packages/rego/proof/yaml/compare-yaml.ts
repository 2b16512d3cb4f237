import { BuiltinError } from '../../src/builtins/builtin.ts';
import { NotRepresentableError } from '../../src/builtins/encodings/utf8.ts';
import { builtins } from '../../src/builtins/registry.ts';
import { readJson } from '../../src/values/read-json.ts';
import { writeJson } from '../../src/values/write-json.ts';
import { Random } from '../fuzz/generate/random.ts';
import { type Oracle, openOracle } from '../oracle/open-oracle.ts';
import { randomValue, randomYaml } from './yaml-texts.ts';

const NAMES = ['yaml.unmarshal', 'yaml.is_valid', 'yaml.marshal'] as const;
const MODULE = {
  'a.rego': `package a\n${NAMES.map((name, index) => `p${index} := ${name}(input)`).join('\n')}`,
};

/** A text or value of which OPA and this engine say different things. */
export interface YamlDifference {
  readonly name: string;
  readonly operand: string;
  readonly opa: string;
  readonly ours: string;
}

/** How the built-ins of YAML compare on random texts and values: two of a text for one of a value. */
export interface YamlTotals {
  compared: number;
  /** Where OPA has a value: how often. */
  defined: number;
  /** Ours says that it cannot hold what OPA can. */
  failClosed: number;
  /** Both say that a text is no YAML, for another reason each. */
  toldOtherwise: number;
  readonly differences: YamlDifference[];
}

/** Compares with OPA on `count` random operands. */
export async function compareYaml(count: number, seed: string): Promise<YamlTotals> {
  await using oracle = await openOracle();
  const random = new Random(seed);
  const totals: YamlTotals = { compared: 0, defined: 0, failClosed: 0, toldOtherwise: 0, differences: [] };
  let pending: Promise<void>[] = [];
  for (let index = 0; index < count; index++) {
    const number = index % 3;
    const operand = number === 2 ? randomValue(random) : JSON.stringify(randomYaml(random));
    pending.push(compareOne(oracle, { number, operand }, totals));
    if (pending.length < 64) continue;
    await Promise.all(pending);
    pending = [];
  }
  await Promise.all(pending);
  return totals;
}

async function compareOne(
  oracle: Oracle,
  { number, operand }: { readonly number: number; readonly operand: string },
  totals: YamlTotals,
): Promise<void> {
  const answer = await oracle.evaluate({
    modules: MODULE,
    query: `data.a.p${number}`,
    inputText: operand,
    strict: true,
  });
  const name = NAMES[number] as string;
  const opa = answer.error?.message ?? answer.results[0] ?? 'undefined';
  const ours = oursOf(name, operand);
  totals.compared++;
  if (answer.error === undefined) totals.defined++;
  if (ours === undefined) totals.failClosed++;
  else if (ours === opa) return;
  else if (answer.error !== undefined && ours.startsWith(`${name}: `)) totals.toldOtherwise++;
  else totals.differences.push({ name, operand, opa, ours });
}

function oursOf(name: string, operand: string): string | undefined {
  const context = { nowNs: 0n, seed: new Uint8Array(16), kept: new Map(), checkLimits: () => undefined };
  try {
    const value = builtins.get(name)?.(context, readJson(operand) as never);
    return value === undefined ? 'undefined' : asOpa(writeJson(value));
  } catch (error) {
    if (error instanceof NotRepresentableError) return undefined;
    if (error instanceof BuiltinError) return `${name}: ${error.message}`;
    throw error;
  }
}

/** The oracle's JSON is Go's, which escapes these two. */
function asOpa(json: string): string {
  return json.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}
