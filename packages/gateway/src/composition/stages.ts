import {
  type Call,
  type CallContext,
  type Denial,
  Failure,
  type ListCall,
  type ListDecision,
} from '@bailiff/contract';
import { createDecide } from '../decision/decide.ts';
import { principalRefusal } from '../decision/refusal/principal-refusal.ts';
import { createEnforce } from '../enforcement/enforce.ts';
import type { UpstreamReply } from '../enforcement/upstream/upstream.ts';
import type { Stages } from '../govern.ts';
import type { Metrics } from '../insight/metrics.ts';
import type { Disclosure } from '../protocol/mcp/ports.ts';

import type { Parts } from './parts.ts';
/** The stages of `govern`, measured. `Response` is what an upstream gives back. */
export function stagesOf({
  configuration,
  context,
  recorder,
  metrics,
  upstreams,
  engine,
  releases,
  logger,
}: Parts) {
  const decider = createDecide({
    engine,
    releases,
    deadlineMs: configuration.engine.deadline_ms,
    onUndecided: ({ cause, ...event }) =>
      logger.error({ ...event, err: cause }, 'policy could not be evaluated'),
  });
  const enforce = createEnforce({
    upstreams: upstreams.byName,
    upstreamTimeoutMs: configuration.limits.upstream_timeout_ms,
    regionOf: (server) =>
      Object.hasOwn(configuration.servers, server)
        ? (configuration.servers[server]?.region ?? 'unknown')
        : 'unknown',
    notify: async (to, decisionId) => logger.info({ to, decision_id: decisionId }, 'policy asks to notify'),
  });
  /** What a denied call was decided on, for telling how much of the denial may be shown. */
  const contexts = new WeakMap<Call, CallContext>();
  const stages: Stages<UpstreamReply> = {
    async contextOf(call, signal) {
      const described = await context.contextOf(call, signal);
      contexts.set(call, described);
      return described;
    },
    async decide(described, signal) {
      const decision = await decider.decide(described, signal);
      metrics.observeDecision(decision);
      return decision;
    },
    reserve: async (decision) => decision, // no budget is declared, so none can be short
    openRecord: (described, decision, signal) =>
      measured(recorder.openRecord(described, decision, signal), metrics),
    async enforce(decision, call, signal) {
      const result = await enforce(decision, call, signal);
      if (result.kind === 'forwarded' || result.kind === 'failed') {
        metrics.observeUpstream({
          server: call.server,
          result: result.kind === 'failed' ? result.failure.code : 'forwarded',
          durationMs: result.durationMs,
        });
      }
      return result;
    },
    remember: (described, result) => context.remember(described, result),
  };
  const disclose = async (call: Call, answer: Denial, signal: AbortSignal): Promise<Disclosure> => {
    // What could not be decided is refused alike whatever the tool, so that saying it tells nothing of any tool.
    if (answer.metadata.engine === 'none') return { kind: 'principal', answer };
    const release = releases.current();
    const described = contexts.get(call);
    if (release === undefined || described === undefined) throw new Failure('policy_unavailable');
    const refused = principalRefusal(answer, release);
    if (refused !== undefined) return { kind: 'principal', answer: refused };
    switch (await decider.visibility(described, signal)) {
      case 'visible':
        return { kind: 'shown' };
      case 'hidden':
        return { kind: 'hidden' };
      case 'undecided':
        throw new Failure('policy_unavailable');
    }
  };
  const governList = async (call: ListCall, signal: AbortSignal): Promise<ListDecision> => {
    const described = await context.listContextOf(call, signal);
    const decision = await decider.decideList(described, signal);
    metrics.observeDecision(decision);
    const record = await measured(recorder.openListRecord(described, decision, signal), metrics);
    await record.close(decision.answer.outcome === 'allow' ? { kind: 'answered' } : { kind: 'refused' });
    return decision;
  };
  return { stages, disclose, governList };
}

async function measured<Opened>(opening: Promise<Opened>, metrics: Metrics): Promise<Opened> {
  const startedMs = performance.now();
  let stored = false;
  try {
    const opened = await opening;
    stored = true;
    return opened;
  } finally {
    metrics.observeRecord({ durable: true, stored, durationMs: performance.now() - startedMs });
  }
}
