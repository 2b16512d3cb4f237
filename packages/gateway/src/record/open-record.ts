import { hash } from 'node:crypto';
import {
  type CallContext,
  type Configuration,
  type Decision,
  type DecisionEntry,
  type EnforcementResult,
  Failure,
  type FailureCode,
  failureOf,
  type ListContext,
  type ListDecision,
  type OutcomeEntry,
  type Principal,
  RECORD_SCHEMA,
  type RecordedPrincipal,
  type Refusal,
} from '@bailiff/contract';
import type { z } from 'zod';
import { instantText } from './instant.ts';
import type { DecisionLog } from './log.ts';
import { masked, maskFieldsOf } from './mask.ts';

/** A decision’s record, open from before any effect until its outcome is known. */
export interface OpenRecord {
  /** Appends the outcome. Never throws: an outcome that cannot be written stays `unknown`, which is the truth. */
  close(result: EnforcementResult<unknown>): Promise<void>;
}

/** By which tokens are estimated: what a token of English is on average. */
const BYTES_PER_TOKEN = 4;

/**
 * Refused requests of callers that nobody could make out are recorded up to a burst, and beyond that so many a minute:
 * at about 1 kB each with its index that is 15 MB a day at most, whatever is sent. The others are counted, here and in
 * the metric of refusals.
 */
const UNIDENTIFIED_BURST = 1_000;
const UNIDENTIFIED_PER_MINUTE = 10;

/** For what nobody waits for. */
const NEVER = new AbortController().signal;

/** Makes records of decisions. Only what has gone through here is stored, so that nothing is stored unmasked. */
export interface Recorder {
  /**
   * Resolves when the record is stored as its mode asks. @throws Failure when it could not be: then nothing may
   * happen.
   */
  openRecord(context: CallContext, decision: Decision, signal: AbortSignal): Promise<OpenRecord>;
  /** The same for a list: one record, whatever its length. @throws Failure */
  openListRecord(context: ListContext, decision: ListDecision, signal: AbortSignal): Promise<OpenRecord>;
  /**
   * Gives whether it was taken: of a flood some are dropped, and the next one that is taken says how many. What
   * unauthenticated callers cause is bounded by 1,000 at once and 10 a minute. Never throws: the request is refused
   * either way.
   */
  recordRefusal(refusal: Refusal): Promise<boolean>;
}

export interface RecorderOptions {
  readonly log: DecisionLog;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /**
   * `strict`: every decision is on disk before anything happens. `buffered`: an allow that needs no audit may still
   * be in the buffer; everything else is as in `strict`.
   */
  readonly mode: Configuration['record']['mode'];
  /** Secret key of the strategy `hash`. */
  readonly maskKey: Uint8Array;
  /** The gateway’s own, as every decision says. */
  readonly version: string;
}

export function createRecorder({ log, clock, mode, maskKey, version }: RecorderOptions): Recorder {
  const gateway = { version, record_mode: mode };
  /** Refusals that the log had no room for since it last took one. */
  let unrecorded = 0;
  const mayRecordUnidentified = allowance({
    burst: UNIDENTIFIED_BURST,
    perMinute: UNIDENTIFIED_PER_MINUTE,
    clock,
  });
  const open = async (
    entry: DecisionEntry,
    inputText: string | undefined,
    signal: AbortSignal,
  ): Promise<OpenRecord> => {
    const { answer, decision_id: decisionId } = entry;
    const durable = mode === 'strict' || answer.outcome !== 'allow' || answer.metadata.audit_required;
    const close = (outcome: Outcome) => closeRecord(log, { decisionId, atMs: clock(), ...outcome });
    try {
      await log.append(entry, { durable, inputText }, signal);
    } catch (thrown) {
      const failure = refusalFor(thrown, signal);
      // The log may still write the decision, but its call will not happen.
      if (failure.code !== 'overloaded')
        await close({ result: 'failed', failure: failure.code, bytes: 0, durationMs: 0 });
      throw failure;
    }
    return { close: (result) => close(outcomeOf(result)) };
  };
  const at = () => instantText(clock());
  return {
    openRecord: (context, decision, signal) => {
      const forward = forwardOf(context.call);
      const entry = decisionEntry(context, decision, { at: at(), gateway, maskKey, list: null, forward });
      // The text is of the input as it was evaluated, which nothing may be taken out of by way of its text.
      const isWhole = entry.input === context.input;
      return open(entry, isWhole ? decision.inputText : undefined, signal);
    },
    openListRecord: (context, decision, signal) => {
      const list = listOf(context, decision);
      const entry = decisionEntry(context, decision, { at: at(), gateway, maskKey, list, forward: null });
      return open(entry, undefined, signal);
    },
    recordRefusal: async ({ decisionId, principal, failure, route }) => {
      if (principal === undefined && !mayRecordUnidentified()) {
        unrecorded += 1;
        return false;
      }
      const before = unrecorded;
      unrecorded = 0;
      const entry = {
        schema: RECORD_SCHEMA,
        kind: 'refusal',
        decision_id: decisionId,
        at: at(),
        principal: recordedPrincipal(principal),
        failure: failure.code,
        detail:
          before === 0 ? failure.detail : `${failure.detail} (${before} refusals before were not recorded.)`,
        route,
      } as const;
      return log.append(entry, { durable: false }, NEVER).then(
        () => true,
        (thrown) => {
          // After any other failure the log has the entry. Whoever asked gets their refusal either way.
          if (failureOf(thrown).code === 'overloaded') unrecorded += before + 1;
          return false;
        },
      );
    },
  };
}

/** Whether one more may pass: `burst` at once, and so many a minute after that. Time that runs back gives nothing. */
function allowance(of: {
  readonly burst: number;
  readonly perMinute: number;
  readonly clock: () => number;
}): () => boolean {
  let left = of.burst;
  let atMs = of.clock();
  return () => {
    const nowMs = of.clock();
    left = Math.min(of.burst, left + (Math.max(0, nowMs - atMs) / 60_000) * of.perMinute);
    atMs = nowMs;
    if (left < 1) return false;
    left -= 1;
    return true;
  };
}

interface EntryParts extends Pick<DecisionEntry, 'at' | 'list' | 'forward'> {
  readonly gateway: NonNullable<DecisionEntry['gateway']>;
  readonly maskKey: Uint8Array;
}

function decisionEntry(
  { call, input, dataClassSources, contextMs }: CallContext | ListContext,
  { answer, engine, releaseDigest, decisionMs, disclosure = null }: Decision,
  { at, gateway, maskKey, list, forward }: EntryParts,
): DecisionEntry {
  const principal = recordedPrincipal(call.principal);
  const parts = masked({ input, answer, principal, list }, maskFieldsOf(answer), maskKey);
  return {
    schema: RECORD_SCHEMA,
    kind: 'decision',
    decision_id: call.decisionId,
    at,
    principal: parts.principal,
    input: parts.input,
    masked: parts.masked,
    answer: parts.answer,
    disclosure,
    release_digest: releaseDigest,
    engine,
    gateway,
    latency: { context_ms: rounded(contextMs), decision_ms: rounded(decisionMs) },
    data_class_sources: [...dataClassSources],
    list: parts.list,
    forward,
  };
}

function listOf({ input }: ListContext, { visible }: ListDecision): DecisionEntry['list'] {
  const { candidates } = input;
  return {
    candidates: candidates.length,
    visible: visible.flatMap((position) => candidates[position]?.target.id ?? []),
  };
}

/** What is carried out in another way than by sending the call’s bytes sends bytes that are not known yet, or none. */
function forwardOf({ bytes, carryOut }: CallContext['call']): DecisionEntry['forward'] {
  if (carryOut !== undefined) return null;
  return bytes === undefined ? null : { digest: hash('sha256', bytes, 'hex'), bytes: bytes.length };
}

function recordedPrincipal(principal: Principal | undefined): z.infer<typeof RecordedPrincipal> {
  if (principal === undefined)
    return { agent: '', user: '', auth_method: 'none', credential_id: '', issuer: '' };
  const { agentId, userId, authMethod, credentialId, issuer } = principal;
  return { agent: agentId, user: userId, auth_method: authMethod, credential_id: credentialId, issuer };
}

interface Outcome {
  readonly result: OutcomeEntry['result'];
  readonly failure: FailureCode | null;
  readonly bytes: number;
  readonly durationMs: number;
}

function outcomeOf(result: EnforcementResult<unknown>): Outcome {
  switch (result.kind) {
    case 'forwarded':
      return { result: 'forwarded', failure: null, bytes: result.bytes, durationMs: result.durationMs };
    case 'failed':
      return { result: 'failed', failure: result.failure.code, bytes: 0, durationMs: result.durationMs };
    case 'answered':
    case 'refused':
    case 'held':
      return { result: result.kind, failure: null, bytes: 0, durationMs: 0 };
  }
}

/** Appends an outcome without waiting for the disk: losing it leaves `unknown`, which claims nothing. */
async function closeRecord(
  log: DecisionLog,
  {
    decisionId,
    atMs,
    result,
    failure,
    bytes,
    durationMs,
  }: Outcome & { readonly decisionId: string; readonly atMs: number },
): Promise<void> {
  const entry: OutcomeEntry = {
    schema: RECORD_SCHEMA,
    kind: 'outcome',
    decision_id: decisionId,
    at: instantText(atMs),
    result,
    failure,
    bytes,
    tokens: Math.ceil(bytes / BYTES_PER_TOKEN),
    cost_cents: 0,
    duration_ms: rounded(durationMs),
  };
  await log.append(entry, { durable: false }, NEVER).catch(() => undefined); // see above
}

/** What a decision that could not be recorded is refused with. */
function refusalFor(thrown: unknown, signal: AbortSignal): Failure {
  if (thrown instanceof Failure) return thrown;
  const timedOut = signal.reason instanceof Error && signal.reason.name === 'TimeoutError';
  if (signal.aborted && !timedOut) return new Failure('client_gone', undefined, { cause: thrown });
  return new Failure('record_unavailable', undefined, { cause: thrown });
}

/** Microseconds are as fine as anyone reads them. */
const rounded = (ms: number): number => Math.round(ms * 1_000) / 1_000;
