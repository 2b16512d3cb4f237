import type { Release } from '@bailiff/contract';
import type { EvaluatedBy, Evaluation, Releases } from './engine.ts';
import type { Expected } from './expected-answers.ts';
import type { Undecided } from './refusal/undecided.ts';
import { unusableArguments } from './release-index.ts';

/** Longest revision of ours is far shorter; another's may be anything. */
const REVISION_LENGTH_MAX = 100;

/** An answer of the kernel's that may be used, and the release that gave it; or why there is none. */
export type Read<Value> =
  | {
      readonly kind: 'decided';
      readonly value: Value;
      readonly release: Release;
      readonly engine: EvaluatedBy;
    }
  | ({ readonly kind: 'undecided' } & Undecided);

/** Only an answer of the exact shape, from a release that may decide now, is an answer. */
export function readEvaluation<Value>(
  evaluation: Evaluation,
  releases: Releases,
  expected: Expected<Value>,
): Read<Value> {
  if (evaluation.kind === 'failed') return readFailure(evaluation, releases);
  const { engine } = evaluation;
  const release = releases.accepts(evaluation.revision);
  // Asked before "undefined": an engine without our release has no answers because it has no policy.
  if (release === undefined) return mismatch(evaluation.revision, engine);
  if (evaluation.kind === 'undefined') {
    return undecided('evaluation_undefined', { subjects: [release.policyVersion], engine });
  }
  return readValue(evaluation.value, { release, engine }, expected);
}

/** What the release gave, if it is of the exact shape. */
export function readValue<Value>(
  value: unknown,
  by: { readonly release: Release; readonly engine: EvaluatedBy },
  expected: Expected<Value>,
): Read<Value> {
  const { release, engine } = by;
  const parsed = expected.schema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return malformed(
      issue === undefined || issue.path.length === 0 ? 'answer' : issue.path.map(String).join('.'),
      engine,
    );
  }
  const version = expected.versionOf(parsed.data);
  if (version !== undefined && version !== release.policyVersion) return mismatch(version, engine);
  if (!expected.isCoherent(parsed.data)) return malformed('answer', engine);
  return { kind: 'decided', value: parsed.data, release, engine };
}

function readFailure(failed: Extract<Evaluation, { kind: 'failed' }>, releases: Releases): Read<never> {
  const { code, cause, locations, engine } = failed;
  switch (code) {
    case 'client_gone':
      return undecided(code, { subjects: ['client'], retryable: true, engine, cause });
    case 'policy_unavailable':
    case 'overloaded':
    case 'evaluation_timeout':
      return undecided(code, { subjects: ['engine'], retryable: true, engine, cause });
    case 'evaluation_malformed':
      return undecided(code, { subjects: ['engine'], retryable: true, engine, cause });
    case 'evaluation_error': {
      const paths = unusableArguments(releases.current(), locations);
      if (paths.length > 0) return undecided('argument_unusable', { subjects: paths, engine, cause });
      const places = locations.slice(0, 1).map(({ file, row }) => `${file}:${row}`);
      return undecided('policy_unavailable', {
        subjects: places.length === 0 ? ['policy'] : places,
        engine,
        cause,
      });
    }
  }
}

function mismatch(revision: string, engine: EvaluatedBy): Read<never> {
  const said = revision === '' ? 'no release' : revision.slice(0, REVISION_LENGTH_MAX);
  return undecided('revision_mismatch', { subjects: [said], retryable: true, engine });
}

function malformed(where: string, engine: EvaluatedBy): Read<never> {
  return undecided('evaluation_malformed', { subjects: [where], engine });
}

/** Unless it says otherwise, asking again changes nothing. */
export function undecided(
  reason: Undecided['reason'],
  facts: Partial<Omit<Undecided, 'reason'>> & Pick<Undecided, 'engine'>,
): { readonly kind: 'undecided' } & Undecided {
  return {
    kind: 'undecided',
    reason,
    subjects: [],
    retryable: false,
    cause: undefined,
    ...facts,
  };
}
