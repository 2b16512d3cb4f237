import {
  type Call,
  type Denial,
  Failure,
  type ListCall,
  type ListContext,
  type ListDecision,
  type ServerReply,
} from '@bailiff/contract';
import { createDecide, type DecideOptions } from '../decision/decide.ts';
import { createEnforce } from '../enforcement/enforce.ts';
import type { Stages } from '../govern.ts';
import type { Disclosure } from '../protocol/mcp/ports.ts';

import { decideListed } from './decide-listed.ts';
import { mayHide, recordedVerdict, type Verdict, verdictOn } from './disclosure.ts';
import { notifierOf } from './notifier.ts';
import type { Parts } from './parts.ts';
import { measuredBy } from './record-timing.ts';
import { recorded, trialOf } from './rollout/trial.ts';
import { approvedToolsBy, unlessQuarantined } from './servers/quarantine.ts';
import { isServedAsDecided } from './servers/served-as-decided.ts';
import { serverSettingsOf } from './servers/server-settings.ts';
import { undecidedLog } from './undecided-log.ts';

/** What calls and lists pass through. */
export interface CallStages {
  readonly stages: Stages<ServerReply>;
  /** How much of a denied call’s answer may be told: what was recorded with it. @throws Failure when that is not known. */
  disclose(call: Call, denial: Denial, signal: AbortSignal): Promise<Disclosure>;
  governList(call: ListCall, signal: AbortSignal): Promise<ListDecision>;
  /** Whether the caller may open a session at a server; recorded. `candidates` is empty. */
  governOpening(call: ListCall, signal: AbortSignal): Promise<ListDecision>;
}

/** The stages of `govern`, measured; the same for every edge. */
export function stagesOf(parts: Parts): CallStages {
  const { configuration, context, recorder, metrics, upstreams, releases, logger } = parts;
  const undecided = undecidedLog(logger, () => performance.now());
  const decideWith = (decidedBy: Pick<DecideOptions, 'engine' | 'releases'>) =>
    createDecide({
      ...decidedBy,
      deadlineMs: configuration.engine.deadline_ms,
      onUndecided: (event) => undecided.observe(event),
    });
  const enforce = createEnforce({
    upstreams: upstreams.byName,
    upstreamTimeoutMs: configuration.limits.upstream_timeout_ms,
    regionOf: (server) => serverSettingsOf(server, parts)?.region ?? 'unknown',
    approvedTools: ({ metadata }, server) => approvedToolsBy(metadata.policy_version, server, releases),
    isServedAsDecided: ({ metadata }, server) => isServedAsDecided(metadata.policy_version, server, parts),
    notify: notifierOf(logger, metrics),
  });
  const trial = trialOf(parts, decideWith);
  const verdicts = new WeakMap<Call, Verdict>();
  const opened = measuredBy(metrics, configuration.record.mode);
  const stages: Stages<ServerReply> = {
    contextOf: (call, signal) => context.contextOf(call, signal),
    async decide(described, signal) {
      const by = trial.decidedBy(described.release);
      const decided = await trial.tried(described, await by.decider.decide(described, signal), signal);
      const pins = { upstreams: upstreams.byName, releases, signal };
      const decision = await unlessQuarantined(decided, described, pins);
      metrics.observeDecision(decision);
      const { answer } = decision;
      if (answer.metadata.engine !== 'none') undecided.decided();
      if (answer.outcome === 'allow') await described.call.prepare?.(signal);
      if (answer.outcome !== 'deny' || !mayHide(described)) return decision;
      const verdict = await verdictOn(answer, described, { ...by, signal });
      verdicts.set(described.call, verdict);
      return { ...decision, disclosure: recordedVerdict(verdict) };
    },
    reserve: async (decision) => decision, // no budget is declared, so none can be short
    openRecord: (described, decision, signal) =>
      opened(decision.answer, recorder.openRecord(described, recorded(decision), signal)),
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
  const disclose = async (call: Call): Promise<Disclosure> => {
    const verdict = verdicts.get(call) ?? new Failure('policy_unavailable');
    if (verdict instanceof Failure) throw verdict;
    return verdict;
  };
  const recordedList = async (described: ListContext, decision: ListDecision, signal: AbortSignal) => {
    metrics.observeDecision(decision);
    const record = await opened(
      decision.answer,
      recorder.openListRecord(described, recorded(decision), signal),
    );
    await record.close(decision.answer.outcome === 'allow' ? { kind: 'answered' } : { kind: 'refused' });
    return decision;
  };
  const governList = async (call: ListCall, signal: AbortSignal): Promise<ListDecision> => {
    const described = await context.listContextOf(call, signal);
    const decision = await decideListed(described, trial.decidedBy(described.release), signal);
    return recordedList(described, trial.triedList(described, decision), signal);
  };
  return { stages, disclose, governList, governOpening: governList };
}
