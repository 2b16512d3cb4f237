import {
  type Activation,
  Failure,
  type Release,
  type ReleaseManifest,
  type ReleaseNote,
  type ReleaseStep,
  type Rollout,
} from '@bailiff/contract';
import { LRUCache } from 'lru-cache';
import type { ParsedModule } from '../analysis/syntax.ts';
import { BundleFailure } from '../finding.ts';
import { KeptReleases } from '../releases/kept-releases.ts';
import { lastReadable } from '../releases/last-readable.ts';
import { rollbackTarget } from '../releases/release-before.ts';
import type { ReleaseVector, StoredRelease, TrialStep } from '../releases/release-store.ts';
import { chooseParts } from './attempts/choose-parts.ts';
import { HeldParts } from './attempts/held-parts.ts';
import { Rounds } from './attempts/rounds.ts';
import type { DeliveryOptions } from './delivery-options.ts';
import type { DeliveryStatus } from './delivery-status.ts';
import { FetchedParts } from './fetched-parts.ts';
import { DeliveryMemory } from './memory/delivery-memory.ts';
import { historyIn } from './memory/history.ts';
import { AFTER_RESTART, type Asked, type Switch, type SwitchFacts } from './memory/switch.ts';
import { leftFor, withdrawnFrom, withoutWithdrawn } from './memory/withdrawn.ts';
import { moreCautious } from './more-cautious.ts';
import { type Passed, preflight } from './preflight.ts';
import { lateSwitch, promotedTrial, startFailure, trialLost, unwatchedFailure } from './start/restarted.ts';
import { digestsOf, NO_PARTS, readPolicyFolder } from './target.ts';
import { isMadeOf, isSame, type OnTrial } from './trial/on-trial.ts';
import { authorsOf, noSuchRelease, noteOf, reasonFor, withdrawnPart } from './words.ts';

export type { DeliveryEvent, DeliveryOptions } from './delivery-options.ts';

/** Syntax of so many files is kept for the next composition. */
const PARSED_MAX = 5_000;

/**
 * Follows the policy folder and the sources of its bundles, and brings what passes into force: every owner's newest version that
 * can be, the others as they were last good. One release at a time; a decision never sees half of it.
 */
export class Delivery implements AsyncDisposable {
  readonly #options: DeliveryOptions;
  readonly #parsed = new LRUCache<string, ParsedModule>({ max: PARSED_MAX });
  readonly #kept: KeptReleases;
  readonly #fetched: FetchedParts;
  readonly #stopping = new AbortController();
  readonly #watch: AsyncDisposable;
  readonly #memory: DeliveryMemory;
  #good: StoredRelease | undefined;
  readonly #held: HeldParts;
  #trial: OnTrial | undefined;
  /** Deliveries follow each other; a switch that people ask for does not wait for one. */
  readonly #rounds = new Rounds(async () => {
    const { signal } = this.#stopping;
    const refuse = (thrown: unknown) => signal.aborted || this.#held.refuse(thrown, this.#now());
    if (!signal.aborted) await this.#attempt().catch(refuse);
  });
  #switching: Promise<unknown> = Promise.resolve();
  #ending: Promise<unknown> = Promise.resolve();
  #switches = 0;
  #tried: string | undefined; // the parts as they were wanted last

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#memory = new DeliveryMemory(options);
    this.#kept = new KeptReleases(options.store);
    this.#held = new HeldParts(options);
    const onStale = () => options.onMissing(this.#fetched.stale());
    this.#fetched = new FetchedParts({ ...options, onChange: () => this.deliver(), onStale });
    this.#watch = options.watch(() => this.deliver());
  }

  /**
   * Brings the newest that passes into force; else what was last in force. A trial that somebody promoted goes on, and so does the
   * time in which what came to decide lately may be taken back by itself.
   * @throws BundleFailure where nothing passes and nothing was in force before; Failure where what was in force before cannot be
   * read and nothing takes its place, what was taken back cannot be read, or `opa` cannot be run.
   */
  async open(): Promise<void> {
    await this.#memory.open();
    this.#good = await lastReadable(this.#options.store, this.#memory.activations);
    await this.#takeUpTrial().catch((thrown: unknown) => this.#options.onTrouble(trialLost(thrown)));
    await this.#attempt().catch((thrown: unknown) => {
      if (this.#good === undefined) throw startFailure(thrown, this.#memory.activations, this.#held.current);
      this.#held.refuse(thrown, this.#now());
    });
    const { current } = this.#options;
    if (current() === undefined && this.#good) await this.#switchTo(this.#good, AFTER_RESTART);
    if (current() === undefined) throw new Failure('bundle_invalid', 'No release could be composed.');
    await this.#takeUpWindow();
  }

  /** Looks at everything again, now or as soon as what is under way is done. Never throws. */
  deliver(): void {
    this.#rounds.ask();
  }

  /** Looks at every source and at the policy folder now. Resolves once that is in force, on trial or refused. */
  async pull(): Promise<void> {
    await this.#fetched.pullNow();
    this.deliver();
    await this.#rounds.settled(); // One that a switch overtook is begun anew.
  }

  /**
   * Goes back to a release that decided before: the one before the active one unless `to` names another. What it takes back is not
   * taken up again until something newer is published.
   * @throws Failure `not_found` where there is no such release.
   */
  async rollBack(to: string | undefined, asked: Asked): Promise<Activation> {
    await this.#switching; // The one before is the one before what people see.
    const active = this.#options.current()?.policyVersion;
    const version = rollbackTarget(this.#memory.activations, { active, to });
    return this.#takeBack((await this.find(version)) ?? noSuchRelease(version), {
      ...asked,
      kind: 'rolled_back',
    });
  }

  /**
   * Takes the release on trial further, or brings one that is kept into force.
   * @throws Failure as `Rollout.promote`; `not_found` where there is no such release.
   */
  async promote(to: 'canary' | 'everyone' | { readonly version: string }, asked: Asked, insisting?: string) {
    const { rollout } = this.#options;
    const trial = this.#trial;
    const isTrial = typeof to === 'object' && to.version === trial?.stored.release.policyVersion;
    if (typeof to === 'object' && !isTrial)
      return this.#takeBack((await this.find(to.version)) ?? noSuchRelease(to.version), {
        ...asked,
        kind: 'promoted',
      });
    if (to === 'canary' || trial === undefined) {
      await rollout.promote(to === 'canary' ? to : 'everyone', insisting);
      if (to === 'canary' && trial !== undefined) {
        this.#switches += 1; // What is tried meanwhile was to join it.
        this.#trial = { ...trial, isPromoted: true };
        this.#noteTrial(trial.stored, 'canary', asked);
        await this.#memory.write();
      }
      return undefined;
    }
    const work = async () => {
      if (!isSame(this.#trial?.stored, trial.stored))
        throw new Failure('bad_request', 'Another release is on trial by now.');
      await rollout.promote('everyone', insisting);
    };
    return this.#switched(trial.stored, { ...asked, kind: 'promoted' }, { work });
  }

  /** Ends the trial. What was on trial is not taken up again until something newer is published. */
  async stopTrial(asked: Asked): Promise<void> {
    await this.#switching; // A promotion that is under way is not stopped any more.
    const trial = this.#trial;
    if (trial === undefined) throw new Failure('bad_request', 'No release is on trial.');
    this.#switches += 1;
    this.#trial = undefined;
    const step = this.#noteTrial(trial.stored, 'stopped', asked);
    if (this.#good !== undefined)
      this.#memory.noteWithdrawn(leftFor(trial.stored, this.#good, { ...step, kind: 'stopped' }));
    await Promise.all([this.#options.rollout.stop(`${asked.reason} (${asked.by})`), this.#memory.write()]);
    this.deliver();
  }

  /** The release before takes over again: what the rollout asks for after errors. */
  async restore(previous: Release, reason: string): Promise<void> {
    const failing = this.#options.current();
    await this.#switching;
    if (this.#options.current() !== failing) return; // Somebody took matters in hand meanwhile.
    await this.rollBack(previous.policyVersion, { by: 'gateway', reason });
  }

  find(version: string): Promise<StoredRelease | undefined> {
    return this.#kept.find(version);
  }

  notes(): Promise<readonly ReleaseNote[]> {
    return this.#options.store.notes();
  }

  /** What became of releases, by policy version; oldest first. */
  history(): ReadonlyMap<string, readonly ReleaseStep[]> {
    return historyIn(this.#memory.state);
  }

  status(): DeliveryStatus {
    return {
      active: this.#options.current()?.policyVersion ?? null,
      rollout: this.#options.rollout.status(),
      bundles: this.#fetched.bundlesOf(this.#good, this.#held.current),
      held: Object.fromEntries(this.#held.current),
      last_attempt: this.#held.lastAttempt,
      activations: this.#memory.activations.slice(-20),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort(new Failure('not_ready', 'The gateway is stopping.'));
    await this.#watch[Symbol.asyncDispose]();
    await this.#fetched[Symbol.asyncDispose]();
    await this.#rounds.settled();
    await this.#switching;
    await this.#ending;
    await this.#memory.write();
  }

  /** One round: from what is there to what is in force. @throws BundleFailure where nothing at all can be composed. */
  async #attempt(): Promise<void> {
    const { signal } = this.#stopping;
    const [began, at] = [this.#switches, this.#now()];
    // Whether or not the folder can be read, what nobody knows to be current does not decide.
    this.#options.onMissing(this.#fetched.stale());
    await this.#memory.write();
    const folder = await readPolicyFolder(this.#options.directory, signal);
    const inUse = { good: this.#good, trial: this.#trial?.stored };
    const found = await this.#fetched.partsFor(folder, inUse, signal);
    this.#options.onMissing(this.#fetched.stale());
    const [good, trial, { refused }] = [this.#good, this.#trial, found];
    if (good === undefined && folder.refused.size > 0)
      throw new BundleFailure([...folder.refused.values()].flat());
    const there = { registry: folder.registry, parts: found.parts };
    const wanted = withoutWithdrawn(there, good?.vector ?? NO_PARTS, this.#memory.withdrawn);
    const back = withdrawnFrom(there, wanted, this.#memory.withdrawn);
    const held = new Map([...back.map(([part, one]) => [part, withdrawnPart(one, at)] as const), ...refused]);
    const decides = [good, trial?.stored].some(
      (one) => one !== undefined && isMadeOf(one, wanted, this.#options),
    );
    const beside = trial?.isPromoted === true ? trial.stored.release.policyVersion : undefined;
    // What did not pass does not pass the second time either.
    const tried = JSON.stringify([this.#switches, beside, found.fetchedAs, ...digestsOf(wanted)]);
    if (decides) {
      this.#held.nothingNew(held, at, good?.note.preflight);
      if (trial === undefined || isMadeOf(trial.stored, wanted, this.#options)) return;
      this.#endTrial({ by: 'gateway', reason: 'It was taken back where it comes from.' });
      return await this.#memory.write();
    }
    if (tried === this.#tried)
      return this.#held.nothingNew(new Map([...this.#held.objectedTo, ...held]), at, good?.note.preflight);
    const isFirst = this.#memory.activations.length === 0;
    const trying = { ...this.#options, ...found, parsed: this.#parsed, before: good?.release, isFirst };
    const attempt = (vector: ReleaseVector) => preflight(vector, trying, signal);
    if (good === undefined) this.#held.tell(held); // A start may come to nothing because of these.
    const chosen = await chooseParts(wanted, { good, trial, attempt, at });
    this.#tried = tried;
    this.#held.tell(new Map([...held, ...chosen.held]));
    this.#held.note(at, chosen.checks);
    if (began !== this.#switches || good !== this.#good || trial !== this.#trial) return this.#beginAnew();
    if (chosen.passed === undefined) return;
    await this.#bringIn(chosen.passed, chosen.vector, { manifest: folder.manifest, at, began }).catch(
      (thrown: unknown) => {
        this.#tried = undefined; // It passed: what kept it out is not its fault.
        throw thrown;
      },
    );
  }

  /** A switch overtook what was tried: what it came to says nothing of what to do now. */
  #beginAnew(): undefined {
    this.#tried = undefined;
    this.deliver();
  }

  async #bringIn(
    { built, checks }: Passed,
    vector: ReleaseVector,
    { manifest, at, began }: { manifest: ReleaseManifest; at: string; began: number },
  ): Promise<void> {
    const { release } = built;
    if (this.#memory.wasTakenBack({ release, vector }, this.#good)) return this.#beginAnew();
    if (await this.#isThere(release, vector)) return;
    const why = reasonFor(release, this.#good, vector);
    const by = authorsOf(vector, this.#good?.vector);
    const note = noteOf(release, { at, author: by, reason: why, preflight: checks });
    const stored = { release, note, vector, madeWith: this.#options.madeWith };
    await this.#kept.keep(stored);
    if (began !== this.#switches) return this.#beginAnew();
    await this.#switching;
    // What follows begins without a pause: a switch that people ask for from here on comes after it.
    if (began !== this.#switches) return this.#beginAnew();
    const rollout = moreCautious(manifest.rollout, built.sources.manifest.rollout);
    if (this.#options.current() === undefined) await this.#beginWith(release, rollout);
    if (rollout.begins === 'everyone' || this.#options.current() === undefined) {
      await this.#switchTo(stored, { by, reason: why, kind: 'delivered' }, { built, settings: rollout });
      return;
    }
    await this.#options.rollout.begin(release, rollout.begins, rollout);
    this.#trial = { stored, isPromoted: false };
    this.#noteTrial(stored, rollout.begins, { by, reason: why });
    await this.#memory.write();
  }

  /** Whether it is on trial as it is, or decides. What is new of it are tests or comments, which stay with it. */
  async #isThere({ policyVersion }: Release, vector: ReleaseVector): Promise<boolean> {
    const [trial, good] = [this.#trial, this.#good];
    const isOnTrial = trial?.stored.release.policyVersion === policyVersion;
    if (!isOnTrial && this.#options.current()?.policyVersion !== policyVersion) return false;
    if (isOnTrial) this.#trial = { ...trial, stored: { ...trial.stored, vector } };
    else this.#good = good && { ...good, vector };
    const newer = isOnTrial ? this.#trial?.stored : this.#good;
    if (newer !== undefined) await this.#kept.keep(newer);
    return true;
  }

  /** A restart is no rung: what was in force is again, before anything is tried beside it or can be taken back for it. */
  async #beginWith(next: Release, { begins }: Rollout): Promise<void> {
    if (this.#good !== undefined && this.#good.release.policyVersion !== next.policyVersion)
      await this.#switchTo(this.#good, AFTER_RESTART);
    else if (this.#good === undefined && this.#memory.activations.length > 0 && begins !== 'everyone')
      throw unwatchedFailure(begins);
  }

  /** What was in its canary before a restart, because somebody promoted it, still is. */
  async #takeUpTrial(): Promise<void> {
    const trial = await promotedTrial(this.#memory.state, this.#kept.find);
    if (this.#good === undefined || trial?.stored.madeWith !== this.#options.madeWith) return;
    const { stored, settings } = trial;
    await this.#switchTo(this.#good, AFTER_RESTART);
    await this.#options.rollout.begin(stored.release, 'canary', settings);
    this.#trial = { stored, isPromoted: true };
  }

  /** What came to decide shortly before a restart may be taken back by itself as if there had been none. */
  async #takeUpWindow(): Promise<void> {
    const active = this.#options.current();
    const late = await lateSwitch(this.#memory.activations, this.#kept.find);
    if (active !== undefined && late?.version === active.policyVersion)
      this.#options.rollout.resume(active, late);
  }

  #noteTrial({ release }: StoredRelease, kind: TrialStep['kind'], asked: Asked): TrialStep {
    const step = { policy_version: release.policyVersion, at: this.#now(), ...asked, kind };
    this.#memory.noteTrial(step);
    if (kind !== 'stopped') this.#options.onEvent({ ...step, kind: 'on_trial', stage: kind });
    return step;
  }

  /** Goes to a release that is kept; what that takes back stays so. */
  #takeBack(target: StoredRelease, asked: Switch): Promise<Activation> {
    this.#switches += 1; // A delivery under way was made for what is taken back.
    // At once, for new calls; the end of its engines is nothing to wait for.
    const reason = `${target.release.policyVersion} was asked for instead: ${asked.reason}`;
    this.#endTrial({ by: asked.by, reason });
    return this.#switchTo(target, asked, { withdraws: true });
  }

  #endTrial(asked: Asked): void {
    if (this.#trial !== undefined) this.#noteTrial(this.#trial.stored, 'stopped', asked);
    this.#trial = undefined;
    // One that decides for everyone by then is replaced by what this makes room for.
    const stopped = this.#options.rollout.stop(asked.reason).catch(() => undefined);
    this.#ending = Promise.all([this.#ending, stopped]);
  }

  #switchTo(
    stored: StoredRelease,
    asked: Switch,
    { settings, ...more }: SwitchFacts & { readonly settings?: Rollout } = {},
  ): Promise<Activation> {
    const { rollout } = this.#options;
    const hasDecided = asked.kind === 'rolled_back' || asked.kind === 'restored';
    const work = () =>
      hasDecided ? rollout.replace(stored.release) : rollout.begin(stored.release, 'everyone', settings);
    return this.#switched(stored, asked, { ...more, work });
  }

  /** One switch after the other; each is remembered once it is done. */
  #switched(
    stored: StoredRelease,
    asked: Switch,
    { work, built, withdraws = false }: SwitchFacts & { readonly work: () => Promise<void> },
  ): Promise<Activation> {
    const done = this.#switching.then(async () => {
      await work();
      const activation = { policy_version: stored.release.policyVersion, at: this.#now(), ...asked };
      const [left, trial] = [this.#good, this.#trial];
      this.#good = stored;
      if (trial !== undefined && !isSame(trial.stored, stored))
        this.#endTrial({ by: 'gateway', reason: 'Another release decides by now.' });
      this.#trial = undefined;
      this.#kept.hold(stored);
      // In one step with the switch: a delivery that looks in between would bring back what was taken back.
      if (withdraws && left !== undefined) this.#memory.noteWithdrawn(leftFor(left, stored, activation));
      this.#memory.noteActivation(activation);
      await this.#memory.write();
      this.#options.onEvent({ kind: 'activated', activation, built });
      if (withdraws || this.#held.isAnyWaiting) this.deliver();
      return activation;
    });
    this.#switching = done.catch(() => undefined);
    return done;
  }

  #now(): string {
    return new Date(this.#options.clock()).toISOString();
  }
}
