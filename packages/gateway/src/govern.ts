import type { Call, CallContext, Decision, EnforcementResult, Governed } from '@bailiff/contract';
import type { OpenRecord } from './record/open-record.ts';

/** The stages a call passes through. They know nothing of each other and meet only here. */
export interface Stages<Response> {
  contextOf(call: Call, signal: AbortSignal): Promise<CallContext>;
  decide(context: CallContext, signal: AbortSignal): Promise<Decision>;
  /** Budgets and approvals: may turn an allow into a deny. */
  reserve(decision: Decision, context: CallContext, signal: AbortSignal): Promise<Decision>;
  /** @throws Failure when the record could not be made: then nothing may happen. */
  openRecord(context: CallContext, decision: Decision, signal: AbortSignal): Promise<OpenRecord>;
  enforce(decision: Decision, call: Call, signal: AbortSignal): Promise<EnforcementResult<Response>>;
  /** What later calls of the conversation need to know of this one. */
  remember(context: CallContext, result: EnforcementResult<Response>): void;
}

/** One action's way through the gateway. Every folder in `src/` is one line of this function. */
export async function govern<Response>(
  call: Call,
  stages: Stages<Response>,
  signal: AbortSignal,
): Promise<Governed<Response>> {
  const context = await stages.contextOf(call, signal);
  const wanted = await stages.decide(context, signal);
  const decision = await stages.reserve(wanted, context, signal);
  const record = await stages.openRecord(context, decision, signal); // durable before any effect
  const result = await stages.enforce(decision, call, signal);
  stages.remember(context, result);
  await record.close(result); // a second entry; a decision without one means: outcome unknown
  return { answer: decision.answer, result };
}
