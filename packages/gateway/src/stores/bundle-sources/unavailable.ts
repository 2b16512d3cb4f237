import { Failure } from '@bailiff/contract';

/** Longest text of another program or service that is repeated to people. */
const SAID_CHARACTERS_MAX = 300;

/** What kept a bundle from being fetched, and what to do about it. Each is a sentence or more. */
export function unavailable(what: string, mend: string, cause?: unknown): Failure {
  return new Failure('bundle_unavailable', `${what} ${mend}`, cause === undefined ? undefined : { cause });
}

/** A failure of ours as it is, the signal’s reason on abort, and anything else as what `otherwise` makes of it. */
export function failureFrom(
  thrown: unknown,
  signal: AbortSignal,
  otherwise: (message: string) => Failure,
): unknown {
  if (signal.aborted) return signal.reason;
  const failure = failureWithin(thrown);
  if (failure !== undefined) return failure;
  return otherwise(reasonOf(thrown));
}

/** What another program or service said, on one line, bounded, and without control characters. */
export function said(text: string): string {
  const line = text
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, SAID_CHARACTERS_MAX);
  return /[.!?]$/.test(line) || line === '' ? line : `${line}.`;
}

/** Our own failure within what a library wraps around it: several attempts to connect are several errors in one. */
function failureWithin(thrown: unknown): Failure | undefined {
  if (thrown instanceof Failure) return thrown;
  if (thrown instanceof AggregateError)
    return thrown.errors.map(failureWithin).find((one) => one !== undefined);
  return thrown instanceof Error && thrown.cause !== undefined ? failureWithin(thrown.cause) : undefined;
}

function reasonOf(thrown: unknown): string {
  if (thrown instanceof AggregateError && thrown.errors.length > 0) return reasonOf(thrown.errors[0]);
  const { code, message } = thrown as { code?: unknown; message?: unknown };
  return said(typeof code === 'string' ? code : String(message ?? thrown));
}
