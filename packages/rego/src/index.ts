// OPA's query plans compiled to JavaScript. See README.md for how a plan is made and evaluated.

export { type Builtin, type BuiltinContext, BuiltinError, type BuiltinGroup } from './builtins/builtin.ts';
export { builtins } from './builtins/registry.ts';
export { DataDocument, dataOf, readData } from './evaluation/data-document.ts';
export type {
  DefinedEvaluation,
  Evaluation,
  FailedEvaluation,
  FailureLocation,
  FiredRule,
  UndefinedEvaluation,
} from './evaluation/evaluation.ts';
export type { FailureCode } from './evaluation/evaluation-failure.ts';
export {
  type CompileOptions,
  compilePlan,
  compilePlanAside,
  type EvaluationLimits,
  type EvaluationOptions,
  type Policy,
} from './evaluation/policy.ts';
export type { TraceEvent, TraceKind } from './evaluation/trace.ts';
export { UnsupportedPlan } from './plan/unsupported-plan.ts';
export { BigNumber, numberOf } from './values/big-number.ts';
export { compare, equal, RegoObject, RegoSet } from './values/collections.ts';
export { type JsonObject, type JsonValue, jsonOf } from './values/json-of.ts';
export { typeName } from './values/kinds.ts';
export { readJson } from './values/read-json.ts';
export type { ObjectValue, PlainObject, Value } from './values/value.ts';
export { writeJson } from './values/write-json.ts';
