import {
  type Builtin,
  compilePlan,
  dataOf,
  numberOf,
  type ObjectValue,
  type Policy,
  RegoSet,
  readJson,
  UnsupportedPlan,
  type Value,
  writeJson,
} from '../../src/index.ts';
import { objectOf } from '../../src/values/objects.ts';
import { evaluateThrice } from '../evaluate-thrice.ts';
import { type ExactJson, ExactNumber } from '../exact-json.ts';
import type { ComplianceCase } from './cases.ts';
import type { CaseOutcome } from './judge.ts';

/** How the oracle writes a set, which JSON has not. */
const SET_KEY = '\u0000set';

/** The name of a case's query in its plan. */
const QUERY_NAME = 'eval';

/** What the cases of OPA declare themselves: a built-in that only passes time. */
const CASE_BUILTINS: ReadonlyMap<string, Builtin> = new Map([['test.sleep', () => null]]);

/** What packages/rego makes of a case. */
export function evaluateCase(test: ComplianceCase): CaseOutcome {
  let policy: Policy;
  try {
    policy = compilePlan(test.planText, { builtins: CASE_BUILTINS });
  } catch (error) {
    if (!(error instanceof UnsupportedPlan)) {
      return { kind: 'failed', code: 'not compiled', message: String(error) };
    }
    return { kind: 'unsupported', names: [...error.builtins, ...error.statements] };
  }
  const evaluation = evaluateThrice(policy, QUERY_NAME, {
    ...(test.input === undefined ? {} : { input: regoValue(test.input) }),
    data: dataOf(readJson(test.dataText)),
    now: test.nowNs,
    seed: test.seed,
    strict: test.strict,
  });
  switch (evaluation.kind) {
    case 'failed':
      return { kind: 'failed', code: evaluation.code, message: evaluation.message };
    case 'undefined':
      return { kind: 'results', texts: [] };
    case 'defined':
      return { kind: 'results', texts: evaluation.results.map(writeJson) };
  }
}

/** The value that the oracle wrote with its sets marked. */
function regoValue(json: ExactJson): Value {
  if (typeof json !== 'object' || json === null) return json;
  if (json instanceof ExactNumber) return numberOf(json.text);
  if (Array.isArray(json)) return json.map(regoValue);
  const object = json as { readonly [key: string]: ExactJson };
  const members = object[SET_KEY];
  if (Array.isArray(members)) return RegoSet.of(members.map(regoValue));
  const entries = Object.keys(object).map((key) => [key, regoValue(object[key] as ExactJson)] as const);
  return objectOf(entries) satisfies ObjectValue;
}
