import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import type { Evaluation, FailureLocation } from '../engine.ts';

/** OPA's own fields may grow; what is read here must be as documented. */
const DataAnswer = z.looseObject({
  result: z.unknown().optional(),
  provenance: z.looseObject({
    bundles: z.record(z.string(), z.looseObject({ revision: z.string() })).optional(),
  }),
});

const Place = z.looseObject({ file: z.string(), row: z.int() });

const ErrorAnswer = z.looseObject({
  code: z.string(),
  errors: z
    .array(
      z.looseObject({
        code: z.string(),
        location: Place.optional(),
        stack_trace: z.array(z.looseObject({ location: Place.optional() })).optional(),
      }),
    )
    .optional(),
});
type EvaluationError = NonNullable<z.infer<typeof ErrorAnswer>['errors']>[number];

/** Errors that policy causes; `eval_cancel_error` and `eval_internal_error` are OPA's own. */
const POLICY_ERRORS: ReadonlySet<string> = new Set([
  'eval_builtin_error',
  'eval_conflict_error',
  'eval_type_error',
  'eval_with_merge_error',
]);

/** What a failing built-in is called, as against rules that contradict each other. */
const BUILTIN_ERRORS: ReadonlySet<string> = new Set(['eval_builtin_error', 'eval_type_error']);

/** How many frames of a stack are kept. */
const LOCATIONS_MAX = 64;

/** What OPA's Data API answered, as an evaluation; the revision is that of the bundle named `bundleName`. */
export function readEvaluation(status: number, body: Buffer, bundleName: string): Evaluation {
  const document = parseDocument(body);
  if (status === 200) return readResult(document, bundleName);
  return readFailure(status, document);
}

function readResult(document: unknown, bundleName: string): Evaluation {
  const answer = DataAnswer.safeParse(document);
  if (!answer.success) return malformed('OPA’s answer is not a document of its Data API.');
  const bundles = answer.data.provenance.bundles ?? {};
  const revision = Object.hasOwn(bundles, bundleName) ? (bundles[bundleName]?.revision ?? '') : '';
  return Object.hasOwn(answer.data, 'result')
    ? { kind: 'result', value: answer.data.result, revision, engine: 'sidecar' }
    : { kind: 'undefined', revision, engine: 'sidecar' };
}

function readFailure(status: number, document: unknown): Evaluation {
  const answer = ErrorAnswer.safeParse(document);
  if (!answer.success) return unavailable(`OPA answered HTTP ${status} without its error document.`);
  const errors = answer.data.errors ?? [];
  const [first] = errors;
  if (first === undefined || !errors.every((error) => POLICY_ERRORS.has(error.code)))
    return unavailable(`OPA answered HTTP ${status}, ${quoteCode(first?.code ?? answer.data.code)}.`);
  // OPA's message is left out on purpose: it quotes the value that a built-in choked on, which may be a secret.
  const locations = errors.flatMap(locationsOf).slice(0, LOCATIONS_MAX);
  const where = locations[0] === undefined ? 'an unknown place' : `${locations[0].file}:${locations[0].row}`;
  return {
    kind: 'failed',
    engine: 'sidecar',
    code: 'evaluation_error',
    cause: new Error(`Policy failed with ${first.code} at ${where}.`),
    locations,
  };
}

/** From the failing expression outwards to the rule that was asked for. */
function locationsOf(error: EvaluationError): FailureLocation[] {
  const builtin = BUILTIN_ERRORS.has(error.code);
  return [error, ...(error.stack_trace ?? [])]
    .flatMap((frame) => frame.location ?? [])
    .filter((location) => location.file !== '')
    .map(({ file, row }) => ({ file, row, builtin }));
}

/** The parsed document; undefined when the bytes are not UTF-8 or not JSON, which no JSON text parses to. */
function parseDocument(body: Buffer): unknown {
  if (!isUtf8(body)) return undefined;
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined; // JSON's syntax errors quote the text, which is not wanted in logs.
  }
}

function malformed(what: string): Evaluation {
  return {
    kind: 'failed',
    engine: 'sidecar',
    code: 'evaluation_malformed',
    cause: new Error(what),
    locations: [],
  };
}

function unavailable(what: string): Evaluation {
  return {
    kind: 'failed',
    engine: 'none',
    code: 'policy_unavailable',
    cause: new Error(what),
    locations: [],
  };
}

function quoteCode(code: string): string {
  return /^[a-z_]{1,40}$/.test(code) ? code : 'with an unknown code';
}
