import type {
  Answer,
  CallContext,
  CandidateDecision,
  Decision,
  ListContext,
  Release,
} from '@bailiff/contract';
import type { Decide, DecideOptions } from '../../decision/decide.ts';
import type { Releases } from '../../decision/engine.ts';
import { isFault } from '../../distribution/rollout/fault.ts';
import type { Observation } from '../../distribution/rollout/observation.ts';
import type { Parts } from '../parts.ts';

/** What decides a call, and the releases by which its answers are read. */
export interface DecidedBy {
  readonly decider: Decide;
  readonly releases: Releases;
}

/** How calls meet the release on trial. */
export interface Trial {
  /**
   * What decides by the release that described a call, so that one that is activated meanwhile has no part in it: the release’s
   * lane, unless the engine has it; the engine bound to it; or, where that cannot be, the engine as it is.
   */
  decidedBy(release: Release | undefined): DecidedBy;
  /** The decision with what the release on trial says of the call, where it is watched or decided. Never rejects. */
  tried(described: CallContext, decision: Decision, signal: AbortSignal): Promise<Decision>;
  /** The same for a list, of which only what the release on trial decided itself is told. */
  triedList<Listed extends Decision>(described: ListContext, decision: Listed): Listed;
}

type TrialParts = Pick<
  Parts,
  'releases' | 'engine' | 'engineBy' | 'lanes' | 'rollout' | 'context' | 'metrics'
>;

/** `decideWith` makes what decides with an engine and the releases that its answers are read by. */
export function trialOf(
  parts: TrialParts,
  decideWith: (by: Pick<DecideOptions, 'engine' | 'releases'>) => Decide,
): Trial {
  const { releases, engine, lanes, rollout, metrics } = parts;
  const active: DecidedBy = { decider: decideWith({ engine, releases }), releases };
  const bound = new WeakMap<Release, DecidedBy>();
  const decidedBy = (release: Release | undefined): DecidedBy => {
    if (release === undefined) return active;
    const lane = lanes?.find(release);
    // Until the engine has followed an activation, calls are decided where the release was on trial.
    const isFollowed = () =>
      releases.current() === release && engine.status().revision === release.policyVersion;
    if (lane !== undefined && !isFollowed()) return lane;
    const own = parts.engineBy?.(release);
    return own === undefined ? active : (bound.get(release) ?? bind(release, own));
  };
  const bind = (release: Release, own: DecideOptions['engine']): DecidedBy => {
    const only = {
      current: () => release,
      accepts: (revision: string) => (revision === release.policyVersion ? release : undefined),
      withheld: () => releases.withheld(),
    };
    const by = { decider: decideWith({ engine: own, releases: only }), releases: only };
    bound.set(release, by);
    return by;
  };
  const ofCanary = <Decided extends Decision>(
    release: Release | undefined,
    decision: Decided,
  ): Decided | undefined => {
    const candidate = releases.candidate();
    if (candidate?.stage !== 'canary' || candidate.release !== release) return undefined;
    return { ...decision, candidate: { ...saidBy(decision.answer, 'canary'), differs: null } };
  };
  return {
    decidedBy,
    async tried(described, decision, signal) {
      const observed = observationOf(described, decision);
      if (observed !== undefined) rollout?.observe(observed);
      const decided = ofCanary(described.release, decision);
      if (decided !== undefined || observed === undefined) return decided ?? decision;
      const watched = await watch(parts, described, signal);
      if (watched === undefined) return decision;
      const differs = differ(decision.answer, watched.decision.answer);
      metrics.observeCandidate(differs);
      const candidate = observationOf(watched.described, watched.decision);
      if (candidate !== undefined) {
        const { isFaultAgain } = watched;
        rollout?.observeWatched({ active: observed, candidate, differs, isFaultAgain });
      }
      return { ...decision, candidate: { ...saidBy(watched.decision.answer, 'watch'), differs } };
    },
    triedList: (described, decision) => ofCanary(described.release, decision) ?? decision,
  };
}

/** The decision as it is recorded: with what the release on trial said, which nobody is told. */
export function recorded<Decided extends Decision>(decision: Decided): Decided {
  const { answer, candidate } = decision;
  if (candidate === undefined) return decision;
  return { ...decision, answer: { ...answer, metadata: { ...answer.metadata, candidate } } };
}

interface Watched {
  readonly described: CallContext;
  readonly decision: Decision;
  /** Whether it cannot decide the call within the whole deadline either. */
  isFaultAgain(signal: AbortSignal): Promise<boolean>;
}

/** What the watched release decides about a call that another one has decided; undefined where none is watched. */
async function watch(
  { releases, lanes, context }: TrialParts,
  described: CallContext,
  signal: AbortSignal,
): Promise<Watched | undefined> {
  const candidate = releases.candidate();
  if (candidate?.stage !== 'watch' || candidate.release === described.release) return undefined;
  const lane = lanes?.find(candidate.release);
  if (lane === undefined) return undefined;
  try {
    const again = context.describedBy(described, candidate.release);
    return {
      described: again,
      decision: await lane.watcher.decide(again, signal),
      isFaultAgain: async (whileOpen) => isFault((await lane.decider.decide(again, whileOpen)).answer),
    };
  } catch {
    return undefined; // It cannot even describe the call; nobody waits for what it would have said.
  }
}

/** What tells how a release does; undefined for calls that nobody made, which would let anybody make it look bad. */
function observationOf(described: CallContext, decision: Decision): Observation | undefined {
  const { call, release, input } = described;
  if (release === undefined || call.given?.simulated === true) return undefined;
  const { answer, inputText } = decision;
  const fault = isFault(answer);
  return {
    release,
    agentId: call.principal.agentId,
    outcome: answer.outcome,
    isFault: fault,
    inputText: fault ? (inputText ?? JSON.stringify(input)) : inputText,
  };
}

function saidBy(
  { outcome, reasons, metadata }: Answer,
  stage: CandidateDecision['stage'],
): Omit<CandidateDecision, 'differs'> {
  const { policy_version, matched_rules } = metadata;
  return { policy_version, stage, outcome, reasons, matched_rules };
}

/** Whether two answers would be enforced or explained otherwise. */
function differ(one: Answer, other: Answer): boolean {
  return (
    one.outcome !== other.outcome ||
    !isSame(one.reasons, other.reasons) ||
    !isSame(one.obligations, other.obligations)
  );
}

function isSame(one: readonly unknown[], other: readonly unknown[]): boolean {
  const written = (values: readonly unknown[]) =>
    JSON.stringify(values.map((each) => JSON.stringify(each)).sort());
  return written(one) === written(other);
}
