import { Failure, type Release, Rollout as Settings } from '@bailiff/contract';
import type { ActiveRelease } from '../active-release.ts';
import type { PreflightEngine } from '../delivery/preflight-engine.ts';
import { type Candidate, candidateOf } from './candidate.ts';
import { DenialTally } from './denial-tally.ts';
import type { Observation, WatchedObservation } from './observation.ts';
import { failedInOtherBundles, RECOUNTED_MAX, type RecordedFault } from './recorded-fault.ts';
import type { RestrainedCall } from './restrained-call.ts';
import { type RolloutStatus, stopStatus, trialStatus, windowStatus } from './rollout-status.ts';
import { type RolloutSettings, TrialState } from './trial-state.ts';
import { wouldLoosen } from './would-loosen.ts';

export type { RolloutStatus } from './rollout-status.ts';
/** The ladder that a release climbs. */
export type Rung = Candidate['stage'] | 'everyone';

/** Who ended a trial. */
export type StopCause = 'asked' | 'errors' | 'replaced';

/** Something for people to look at. Nothing was done about it. */
export interface RolloutAlarm {
  readonly kind: 'denials' | 'not_restored';
  readonly release: Release;
  readonly detail: string;
}

/** What others are told. Nobody who is told may throw. */
export interface RolloutEvents {
  /** A trial reached a rung, or ended. */
  readonly onStage: (stage: Candidate['stage'] | undefined) => void;
  /** A release is no longer on trial, and does not decide. All agents are back on the active one. */
  readonly onStopped: (
    release: Release,
    stop: { readonly reason: string; readonly cause: StopCause },
  ) => void;
  /** The active release should give way to the one before it; nothing recorded becomes looser by that. */
  readonly onRestoreWanted: (previous: Release, reason: string) => void;
  readonly onAlarm: (alarm: RolloutAlarm) => void;
}

export interface RolloutOptions {
  readonly releases: ActiveRelease;
  /** Engines of its own for a release. Disposing of it lets calls under way end. @throws Failure where there can be none. */
  readonly openLane: (release: Release, signal: AbortSignal) => Promise<AsyncDisposable>;
  /** Makes a release the active one; resolves once it is. @throws what keeps it from that. */
  readonly activate: (release: Release) => Promise<void>;
  readonly engine: Pick<PreflightEngine, 'decideAll'>;
  /**
   * Calls since an instant, in milliseconds since 1970, that a release refused, held or allowed with restraints. Others may
   * stand among them as `unrestrained`.
   */
  readonly restrainedBy: (
    release: Release,
    sinceMs: number,
    signal: AbortSignal,
  ) => AsyncIterable<RestrainedCall | 'unrestrained'>;
  /** Calls within [sinceMs, untilMs), in milliseconds since 1970, that a release could not decide. */
  readonly faultsOf: (
    release: Release,
    within: { readonly sinceMs: number; readonly untilMs: number },
    signal: AbortSignal,
  ) => AsyncIterable<RecordedFault>;
  readonly events: RolloutEvents;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/** For so long after it came to decide for everyone a release may be taken back by itself, in milliseconds. */
export const WINDOW_MS = 600_000;
/** Faults that are looked into at once, one of each agent; others count as nothing meanwhile. */
const CHECKS_MAX = 8;

type Trial = {
  readonly stage: Candidate['stage'];
  readonly state: TrialState;
  readonly lane: AsyncDisposable;
};
type Window = { readonly previous: Release; readonly state: TrialState; readonly untilMs: number };

/**
 * How a release comes to decide: `watch`, `canary`, everyone; and what stops it by itself. Only faults of engine or bundles
 * do that. Who is denied only raises an alarm, since whoever sends rubbish could otherwise undo a policy that tightens.
 */
export class Rollout implements AsyncDisposable {
  readonly #options: RolloutOptions;
  readonly #closing = new AbortController();
  readonly #background = new Set<Promise<void>>();
  #opening = new AbortController();
  #trial: Trial | undefined;
  #window: Window | undefined;
  #active = new DenialTally();
  #stopped: RolloutStatus['stopped'] = null;
  #promoting: Promise<void> | undefined;
  #isRestoring = false;
  /** Agents of whose calls one is looked into. */
  readonly #looking = new Set<string>();

  constructor(options: RolloutOptions) {
    this.#options = options;
  }

  /**
   * Puts a release on a rung of the ladder. Another one on trial gives way to it. Resolves once it watches or decides.
   * @throws Failure where it cannot have engines of its own, or cannot be activated; the trial before it goes on then.
   */
  async begin(release: Release, rung: Rung, settings: RolloutSettings = Settings.parse({})): Promise<void> {
    if (rung === 'everyone') return this.#everyone(release, settings);
    this.#opening.abort(new Failure('bad_request', 'Another release is put on trial.'));
    this.#opening = new AbortController();
    const signal = AbortSignal.any([this.#opening.signal, this.#closing.signal]);
    const lane = await this.#options.openLane(release, signal);
    if (signal.aborted) {
      await lane[Symbol.asyncDispose]();
      throw signal.reason;
    }
    this.#end({ reason: 'Another release was put on trial.', cause: 'replaced' });
    const state = new TrialState(release, settings, { sinceMs: this.#options.clock() });
    this.#putOn(rung, state, lane);
  }

  /** Makes a release the active one that has decided before: it is not taken back by itself. @throws what activating throws. */
  async replace(release: Release): Promise<void> {
    await this.#options.activate(release);
    this.#window = undefined;
    this.#active = new DenialTally();
  }

  /**
   * A release that came to decide in place of `previous` before this process began may be taken back by itself for what is left of
   * its time: faults that are on record since then count as well. Nothing where that time is over, or another is counted by now.
   */
  resume(
    release: Release,
    {
      previous,
      settings,
      sinceMs,
    }: Pick<Window, 'previous'> & { settings: RolloutSettings; sinceMs: number },
  ): void {
    const now = this.#options.clock();
    const began = Math.min(sinceMs, now); // A clock may have been set back.
    if (now >= began + WINDOW_MS || this.#openWindow() !== undefined) return;
    const state = new TrialState(release, settings, { sinceMs: began });
    this.#window = { previous, state, untilMs: began + WINDOW_MS };
    if (this.#openWindow() !== undefined) this.#later(this.#recount(this.#window, now));
  }

  /**
   * Takes the release on trial further. `insisting` is the reason to do so though more agents are denied than before.
   * @throws Failure `bad_request` where none is on trial, it is there already, or it is halted; what activating throws.
   */
  async promote(rung: 'canary' | 'everyone', insisting?: string): Promise<void> {
    const trial = this.#trial;
    if (trial === undefined || this.#promoting !== undefined)
      throw new Failure('bad_request', 'No release is on trial.');
    const { state, lane, stage } = trial;
    if (state.halted !== undefined && (insisting ?? '').trim() === '')
      throw new Failure('bad_request', `It is halted: ${state.halted} Promote it with a reason to insist.`);
    if (rung === 'everyone') return this.#everyone(state.release, state.settings);
    if (stage === 'canary')
      throw new Failure(
        'bad_request',
        'The release is in its canary already. Promote it to `everyone`, or stop it.',
      );
    const next = new TrialState(state.release, state.settings, { sinceMs: this.#options.clock() });
    this.#putOn('canary', next, lane);
  }

  /**
   * Ends the trial: from the next call on all agents are on the active release. Nothing where none is on trial. One that is
   * just being promoted to everyone is waited for. @throws Failure `bad_request` where it decides for everyone by then.
   */
  async stop(reason: string): Promise<void> {
    this.#opening.abort(new Failure('bad_request', reason));
    if (this.#promoting !== undefined) {
      const trial = this.#trial;
      await this.#promoting;
      if (trial !== undefined && this.#options.releases.current() === trial.state.release)
        throw new Failure('bad_request', 'The release decides for everyone by now: roll it back instead.');
    }
    this.#end({ reason, cause: 'asked' });
    await this.#settled();
  }

  /** A call that was decided by the active release, or by the one on trial in its canary. Never throws. */
  observe(observation: Observation): void {
    const { release, agentId, outcome, isFault } = observation;
    const trial = this.#trial;
    if (trial !== undefined && trial.state.release === release) {
      trial.state.calls += 1;
      if (isFault) this.#look(observation, this.#options.releases.current(), trial.state);
      else trial.state.own.observe(agentId, outcome === 'deny');
      this.#alarm(trial.state);
      return;
    }
    if (release !== this.#options.releases.current()) return;
    if (!isFault) {
      this.#active.observe(agentId, outcome === 'deny');
      trial?.state.beside.observe(agentId, outcome === 'deny');
    }
    const window = this.#openWindow();
    if (window === undefined || window.state.release !== release) return;
    window.state.calls += 1;
    if (isFault) this.#look(observation, window.previous, window.state);
    else window.state.own.observe(agentId, outcome === 'deny');
    this.#alarm(window.state);
  }

  /** A call that the release on trial was asked about while it is watched. Never throws. */
  observeWatched({ active, candidate, differs, isFaultAgain }: WatchedObservation): void {
    const state = this.#trial?.state;
    if (state === undefined || state.release !== candidate.release) return;
    state.calls += 1;
    if (differs) state.differing += 1;
    if (!candidate.isFault) state.own.observe(candidate.agentId, candidate.outcome === 'deny');
    // What the active release cannot decide either is no fault of this one.
    else if (!active.isFault) this.#check(candidate.agentId, state, isFaultAgain);
    this.#alarm(state);
  }

  status(): RolloutStatus {
    const trial = this.#trial;
    const window = this.#openWindow();
    return {
      trial: trial === undefined ? null : trialStatus(trial),
      window: window === undefined ? null : windowStatus(window),
      stopped: stopStatus(this.#stopped, [trial?.state.release, this.#options.releases.current()]),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Failure('not_ready', 'The gateway is stopping.'));
    const lane = this.#trial?.lane;
    this.#trial = undefined;
    this.#options.releases.propose(undefined);
    await lane?.[Symbol.asyncDispose]();
    await this.#settled();
  }

  #putOn(stage: Candidate['stage'], state: TrialState, lane: AsyncDisposable): void {
    const { releases, events } = this.#options;
    this.#trial = { stage, state, lane };
    releases.propose(candidateOf(state.release, stage, state.settings.canary));
    events.onStage(stage);
  }

  async #everyone(release: Release, settings: RolloutSettings): Promise<void> {
    const { releases, activate, events, clock } = this.#options;
    const previous = releases.current();
    const before = this.#active;
    const trial = this.#trial;
    const activating = activate(release);
    // A trial that stopped meanwhile would stop what decides for everyone by then.
    const promoting = activating.then(nothing, nothing).finally(() => {
      if (this.#promoting === promoting) this.#promoting = undefined;
    });
    this.#promoting = promoting;
    try {
      await activating;
    } catch (thrown) {
      await promoting;
      if (trial !== undefined) this.#judgeFaults(trial.state);
      throw thrown;
    }
    if (trial !== undefined && trial === this.#trial && trial.state.release === release) {
      this.#trial = undefined;
      releases.propose(undefined);
      events.onStage(undefined);
      this.#later(trial.lane[Symbol.asyncDispose]());
    }
    this.#active = new DenialTally();
    const sinceMs = clock();
    const state = new TrialState(release, settings, { sinceMs, beside: before });
    this.#window =
      previous === undefined || previous.policyVersion === release.policyVersion
        ? undefined
        : { previous, state, untilMs: sinceMs + WINDOW_MS };
  }

  /** Ends the trial at once; its engines end when the calls under way have. */
  #end(stop: { readonly reason: string; readonly cause: StopCause }): void {
    const trial = this.#trial;
    if (trial === undefined) return;
    const { releases, events, clock } = this.#options;
    this.#trial = undefined;
    releases.propose(undefined);
    const { release } = trial.state;
    const at = new Date(clock()).toISOString();
    // One that gave way to another is tried on with that.
    if (stop.cause !== 'replaced')
      this.#stopped = { policy_version: release.policyVersion, at, reason: stop.reason };
    events.onStage(undefined);
    events.onStopped(release, stop);
    this.#later(trial.lane[Symbol.asyncDispose]());
  }

  /** Whether a release is to blame for a call that it could not decide: it is where another one decides the same input. */
  #look({ agentId, inputText }: Observation, other: Release | undefined, state: TrialState): void {
    this.#check(agentId, state, (signal) => this.#decides(other, inputText, signal));
  }

  async #decides(other: Release | undefined, inputText: string | undefined, signal: AbortSignal) {
    if (inputText === undefined || other === undefined) return true;
    const [answer] = await this.#options.engine.decideAll(other, [inputText], signal);
    return answer?.kind === 'decided';
  }

  /** One after the other, as many of each agent as count. */
  async #recount({ previous, state }: Window, untilMs: number): Promise<void> {
    const { release, sinceMs, faults } = state;
    const { signal } = this.#closing;
    let seen = 0;
    for await (const fault of this.#options.faultsOf(release, { sinceMs, untilMs }, signal)) {
      const { agentId, inputText } = fault;
      seen += 1;
      if (signal.aborted || seen > RECOUNTED_MAX || this.#window?.state !== state) return;
      if (!faults.counts(agentId)) continue;
      const isOwn =
        inputText === undefined
          ? failedInOtherBundles(fault, release, previous)
          : await this.#decides(previous, inputText, signal);
      if (!isOwn) continue;
      faults.add(agentId);
      this.#judgeFaults(state);
    }
  }

  /** Counts a fault if `isOwn` says so. Little is asked for any one agent, so that none keeps others from being looked at. */
  #check(agentId: string, state: TrialState, isOwn: (signal: AbortSignal) => Promise<boolean>): void {
    if (!state.faults.counts(agentId) || this.#looking.has(agentId)) return;
    if (this.#looking.size >= CHECKS_MAX) return;
    this.#looking.add(agentId);
    const check = async () => {
      try {
        if (!(await isOwn(this.#closing.signal))) return;
        state.faults.add(agentId);
        this.#judgeFaults(state);
      } finally {
        this.#looking.delete(agentId);
      }
    };
    this.#later(check());
  }

  #judgeFaults(state: TrialState): void {
    if (!state.faults.isReached) return;
    const reason = `${state.faults.counted} of its calls could not be decided.`;
    if (this.#trial?.state === state && this.#promoting === undefined) this.#end({ reason, cause: 'errors' });
    const window = this.#openWindow();
    if (window?.state === state && !this.#isRestoring) {
      this.#isRestoring = true;
      this.#later(this.#restore(window, reason));
    }
  }

  /** Asks for the release before, unless that would let through what was refused: then people have to choose. */
  async #restore({ previous, state }: Window, reason: string): Promise<void> {
    const { restrainedBy, engine, events } = this.#options;
    const { signal } = this.#closing;
    const restrained = restrainedBy(state.release, state.sinceMs, signal);
    const why = await wouldLoosen(previous, restrained, { engine, signal }).catch(
      () => 'the restrained calls could not be decided again',
    );
    this.#isRestoring = false;
    if (signal.aborted || this.#window?.state !== state) return;
    this.#window = undefined; // Once: what follows is for people.
    if (why === undefined) return events.onRestoreWanted(previous, reason);
    const detail = `${reason} ${previous.policyVersion} is not restored by itself: ${why}.`;
    events.onAlarm({ kind: 'not_restored', release: state.release, detail });
  }

  #alarm(state: TrialState): void {
    const detail = state.outOfBand();
    if (detail !== undefined)
      this.#options.events.onAlarm({ kind: 'denials', release: state.release, detail });
  }

  #openWindow(): Window | undefined {
    const { releases, clock } = this.#options;
    const window = this.#window;
    if (window === undefined) return undefined;
    // Whoever activated another one since has taken matters in hand.
    if (clock() >= window.untilMs || releases.current() !== window.state.release) this.#window = undefined;
    return this.#window;
  }

  #later(work: PromiseLike<void>): void {
    const done = Promise.resolve(work)
      .catch(() => undefined) // Nobody waits for it, and it changes nothing where it fails.
      .finally(() => this.#background.delete(done));
    this.#background.add(done);
  }

  async #settled(): Promise<void> {
    await Promise.all(this.#background);
  }
}

const nothing = () => undefined;
