import type {
  Activation,
  Release,
  ReleaseManifest,
  ReleaseNote,
  Rollout as RolloutSettings,
} from '@bailiff/contract';
import { Failure } from '@bailiff/contract';
import { LRUCache } from 'lru-cache';
import type { ParsedModule } from '../analysis/syntax.ts';
import { BundleFailure } from '../finding.ts';
import { lastReadable } from '../releases/last-readable.ts';
import { releaseBefore } from '../releases/release-before.ts';
import type { ReleaseVector, StoredRelease } from '../releases/release-store.ts';
import type { DeliveryOptions } from './delivery-options.ts';
import type { DeliveryStatus, HeldBack } from './delivery-status.ts';
import { FetchedParts } from './fetched-parts.ts';
import { allThatPasses, mostThatPasses } from './hold-back.ts';
import { DeliveryMemory } from './memory/delivery-memory.ts';
import { AFTER_RESTART, type Switch, type SwitchFacts } from './memory/switch.ts';
import { withoutWithdrawn } from './memory/withdrawn.ts';
import { moreCautious } from './more-cautious.ts';
import { type Passed, preflight } from './preflight.ts';
import { differingParts, digestsOf, NO_PARTS, REGISTRY, readPolicyFolder } from './target.ts';
import { authorsOf, heldBack, isToldAlready, noteOf, reasonFor } from './words.ts';

export type { DeliveryEvent, DeliveryOptions } from './delivery-options.ts';
/** Who asks for a switch, and why. */
export interface Asked {
  readonly by: string;
  readonly reason: string;
}

/** Syntax of so many files is kept for the next composition. */
const PARSED_MAX = 5_000;
/** Releases of which everything is at hand, so that going back to them reads nothing. */
const AT_HAND_MAX = 4;

/**
 * Follows the policy folder and the sources of its bundles, and brings what passes into force: every owner's newest version that
 * can be, the others as they were last good. One release at a time; a decision never sees half of it.
 */
export class Delivery implements AsyncDisposable {
  readonly #options: DeliveryOptions;
  readonly #parsed = new LRUCache<string, ParsedModule>({ max: PARSED_MAX });
  readonly #atHand = new LRUCache<string, StoredRelease>({ max: AT_HAND_MAX });
  readonly #fetched: FetchedParts;
  readonly #stopping = new AbortController();
  readonly #watch: AsyncDisposable;
  readonly #memory: DeliveryMemory;
  #good: StoredRelease | undefined;
  #held = new Map<string, HeldBack>();
  #last: DeliveryStatus['last_attempt'] = null;
  #trial: StoredRelease | undefined;
  /** Deliveries follow each other; a switch that people ask for does not wait for one. */
  #turn: Promise<void> = Promise.resolve();
  #switching: Promise<unknown> = Promise.resolve();
  #ending: Promise<unknown> = Promise.resolve();
  #switches = 0;
  #wanted = false;
  #tried: string | undefined; // the parts as they were wanted last

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#memory = new DeliveryMemory(options);
    const onStale = () => options.onMissing(this.#fetched.stale());
    this.#fetched = new FetchedParts({ ...options, onChange: () => this.deliver(), onStale });
    this.#watch = options.watch(() => this.deliver());
  }

  /**
   * Brings the newest that passes into force; else what was last in force. Returns what did not pass.
   * @throws BundleFailure where nothing passes and nothing was in force before; Failure when `opa` cannot be run.
   */
  async open(): Promise<void> {
    await this.#memory.open();
    this.#good = await lastReadable(this.#options.store, this.#memory.activations);
    await this.#attempt().catch((thrown: unknown) => {
      if (this.#good === undefined) throw thrown;
      this.#refuse(thrown);
    });
    if (this.#options.current() !== undefined) return;
    if (this.#good === undefined) throw new Failure('bundle_invalid', 'No release could be composed.');
    await this.#switchTo(this.#good, AFTER_RESTART);
  }

  /** Looks at everything again, now or as soon as what is under way is done. Never throws. */
  deliver(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#turn = this.#turn.then(async () => {
      this.#wanted = false;
      if (this.#stopping.signal.aborted) return;
      await this.#attempt().catch((thrown: unknown) => this.#refuse(thrown));
    });
  }

  /** Looks at every source and at the policy folder now. Resolves once that is in force, on trial or refused. */
  async pull(): Promise<void> {
    await this.#fetched.pullNow();
    this.deliver();
    // One that a switch overtook is begun anew.
    for (let turn: unknown; turn !== this.#turn; await turn) turn = this.#turn;
  }

  /**
   * Goes back to a release that decided before: the one before the active one unless `to` names another. What it takes back is not
   * taken up again until something newer is published.
   * @throws Failure `not_found` where there is no such release.
   */
  async rollBack(to: string | undefined, asked: Asked): Promise<Activation> {
    await this.#switching; // The one before is the one before what people see.
    const { activations } = this.#memory;
    const version = to ?? releaseBefore(activations, this.#options.current()?.policyVersion);
    if (to !== undefined && !activations.some(({ policy_version }) => policy_version === to))
      throw new Failure(
        'not_found',
        `${to.slice(0, 100)} was never in force. Promote it, to bring it into force.`,
      );
    if (version === undefined) throw new Failure('not_found', 'No release was in force before this one.');
    return this.#takeBack(await this.#stored(version), { ...asked, kind: 'rolled_back' });
  }

  /**
   * Takes the release on trial further, or brings one that is kept into force.
   * @throws Failure as `Rollout.promote`; `not_found` where there is no such release.
   */
  async promote(to: 'canary' | 'everyone' | { readonly version: string }, asked: Asked, insisting?: string) {
    const { rollout } = this.#options;
    const trial = this.#trial;
    const isTrial = typeof to === 'object' && to.version === trial?.release.policyVersion;
    if (typeof to === 'object' && !isTrial)
      return this.#takeBack(await this.#stored(to.version), { ...asked, kind: 'promoted' });
    if (to === 'canary' || trial === undefined) {
      await rollout.promote(to === 'canary' ? to : 'everyone', insisting);
      if (to === 'canary' && trial !== undefined) this.#tellOfTrial(trial.release, 'canary', asked);
      return undefined;
    }
    return this.#switched(
      trial,
      { ...asked, kind: 'promoted' },
      {
        work: async () => {
          if (this.#trial !== trial) throw new Failure('bad_request', 'Another release is on trial by now.');
          await rollout.promote('everyone', insisting);
        },
      },
    );
  }

  /** Ends the trial. What was on trial is not taken up again until something newer is published. */
  async stopTrial(reason: string): Promise<void> {
    await this.#switching; // A promotion that is under way is not stopped any more.
    const trial = this.#trial;
    if (trial === undefined) throw new Failure('bad_request', 'No release is on trial.');
    this.#trial = undefined;
    if (this.#good !== undefined) this.#memory.noteWithdrawn(trial.vector, this.#good.vector);
    await Promise.all([this.#options.rollout.stop(reason), this.#memory.write()]);
  }

  /** The release before takes over again: what the rollout asks for after errors. */
  async restore(previous: Release, reason: string): Promise<void> {
    const failing = this.#options.current();
    await this.#switching;
    if (this.#options.current() !== failing) return; // Somebody took matters in hand meanwhile.
    await this.rollBack(previous.policyVersion, { by: 'gateway', reason });
  }

  async find(version: string): Promise<StoredRelease | undefined> {
    return this.#atHand.get(version) ?? (await this.#options.store.find(version));
  }

  notes(): Promise<readonly ReleaseNote[]> {
    return this.#options.store.notes();
  }

  status(): DeliveryStatus {
    return {
      active: this.#options.current()?.policyVersion ?? null,
      rollout: this.#options.rollout.status(),
      bundles: this.#fetched.bundlesOf(this.#good, this.#held),
      held: Object.fromEntries(this.#held),
      last_attempt: this.#last,
      activations: this.#memory.activations.slice(-20),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort(new Failure('not_ready', 'The gateway is stopping.'));
    await this.#watch[Symbol.asyncDispose]();
    await this.#fetched[Symbol.asyncDispose]();
    await this.#turn;
    await this.#switching;
    await this.#ending;
  }

  /** One round: from what is there to what is in force. @throws BundleFailure where nothing at all can be composed. */
  async #attempt(): Promise<undefined> {
    const { signal } = this.#stopping;
    const { clock } = this.#options;
    const began = this.#switches;
    const at = new Date(clock()).toISOString();
    // Whether or not the folder can be read, what nobody knows to be current does not decide.
    this.#options.onMissing(this.#fetched.stale());
    await this.#memory.write();
    const folder = await readPolicyFolder(this.#options.directory, signal);
    const { parts, refused } = await this.#fetched.partsFor(folder, this.#good, signal);
    this.#options.onMissing(this.#fetched.stale());
    const good = this.#good;
    if (good === undefined && folder.refused.size > 0)
      throw new BundleFailure([...folder.refused.values()].flat());
    const found = { registry: folder.registry, parts };
    const wanted = withoutWithdrawn(found, good?.vector ?? NO_PARTS, this.#memory.withdrawn);
    const held = new Map<string, HeldBack>(refused);
    const decides = [good, this.#trial].some((one) => one !== undefined && this.#isMadeOf(one, wanted));
    // What did not pass does not pass the second time either.
    const tried = JSON.stringify([this.#switches, ...digestsOf(wanted)]);
    if (decides) {
      if (this.#trial !== undefined && !this.#isMadeOf(this.#trial, wanted))
        this.#endTrial('It was taken back where it comes from.');
      return this.#nothingNew(held, at);
    }
    if (tried === this.#tried) return this.#nothingNew(new Map([...this.#objectedTo(), ...held]), at);
    const trying = { ...this.#options, parsed: this.#parsed, before: good?.release };
    const attempt = (vector: ReleaseVector) => preflight(vector, trying, signal);
    const choice =
      good === undefined
        ? await allThatPasses(wanted, attempt)
        : await mostThatPasses({ good: good.vector, wanted }, attempt);
    for (const [part, objection] of choice.held) held.set(part, heldBack(objection, at));
    this.#tried = tried;
    this.#tellOf(held);
    this.#note(held, at, choice.value?.checks);
    if (began !== this.#switches || good !== this.#good) return this.#beginAnew();
    if (choice.value === undefined) return;
    await this.#bringIn(choice.value, choice.vector, { manifest: folder.manifest, at, began }).catch(
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

  #nothingNew(held: Map<string, HeldBack>, at: string): undefined {
    this.#tellOf(held);
    if (this.#last === null) this.#note(held, at, this.#good?.note.preflight);
  }

  /** What was held back for what it says. Whether a part is verified is looked at anew each time. */
  #objectedTo(): ReadonlyMap<string, HeldBack> {
    return new Map([...this.#held].filter(([, { check }]) => !BEFORE_TRYING.has(check)));
  }

  #note(held: ReadonlyMap<string, HeldBack>, at: string, checks: ReleaseNote['preflight'] = []): void {
    this.#last = { at, checks, objections: [...held.values()].map(({ detail }) => detail) };
  }

  #isMadeOf(good: StoredRelease, vector: ReleaseVector): boolean {
    return good.madeWith === this.#options.madeWith && differingParts(good.vector, vector).length === 0;
  }

  async #bringIn(
    { built, checks }: Passed,
    vector: ReleaseVector,
    {
      manifest,
      at,
      began,
    }: { readonly manifest: ReleaseManifest; readonly at: string; readonly began: number },
  ): Promise<void> {
    const { release } = built;
    if (this.#trial?.release.policyVersion === release.policyVersion) return; // It is on trial as it is.
    if (this.#options.current()?.policyVersion === release.policyVersion) {
      this.#good = this.#good && { ...this.#good, vector }; // Tests may be others.
      return;
    }
    const why = reasonFor(
      release,
      this.#good?.release,
      differingParts(this.#good?.vector ?? NO_PARTS, vector),
    );
    const by = authorsOf(vector);
    const note = noteOf(release, { at, author: by, reason: why, preflight: checks });
    const stored = { release, note, vector, madeWith: this.#options.madeWith };
    await this.#options.store.keep(stored);
    this.#atHand.set(release.policyVersion, stored);
    if (began !== this.#switches) return this.#beginAnew();
    await this.#switching;
    // What follows begins without a pause: a switch that people ask for from here on comes after it.
    if (began !== this.#switches) return this.#beginAnew();
    const rollout = moreCautious(manifest.rollout, built.sources.manifest.rollout);
    // A restart is no rung: what was in force is again, before anything is tried beside it.
    if (rollout.begins !== 'everyone' && this.#options.current() === undefined && this.#good !== undefined)
      await this.#switchTo(this.#good, AFTER_RESTART);
    if (rollout.begins === 'everyone' || this.#options.current() === undefined) {
      await this.#switchTo(stored, { by, reason: why, kind: 'delivered' }, { built, settings: rollout });
      return;
    }
    await this.#options.rollout.begin(release, rollout.begins, rollout);
    this.#trial = stored;
    this.#tellOfTrial(release, rollout.begins, { by, reason: why });
  }

  #tellOfTrial({ policyVersion: policy_version }: Release, stage: 'watch' | 'canary', asked: Asked): void {
    this.#options.onEvent({ kind: 'on_trial', policy_version, stage, ...asked });
  }

  /** Goes to a release that is kept; what that takes back stays so. */
  #takeBack(target: StoredRelease, asked: Switch): Promise<Activation> {
    this.#switches += 1; // A delivery under way was made for what is taken back.
    // At once, for new calls; the end of its engines is nothing to wait for.
    this.#endTrial(`${target.release.policyVersion} was asked for instead: ${asked.reason}`);
    return this.#switchTo(target, asked, { withdraws: true });
  }

  #endTrial(reason: string): void {
    this.#trial = undefined;
    // One that decides for everyone by then is replaced by what this makes room for.
    const stopped = this.#options.rollout.stop(reason).catch(() => undefined);
    this.#ending = Promise.all([this.#ending, stopped]);
  }

  #switchTo(
    stored: StoredRelease,
    asked: Switch,
    { settings, ...more }: SwitchFacts & { readonly settings?: RolloutSettings } = {},
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
      const at = new Date(this.#options.clock()).toISOString();
      const activation = { policy_version: stored.release.policyVersion, at, ...asked };
      const [left, trial] = [this.#good, this.#trial];
      this.#good = stored;
      if (trial !== stored && trial !== undefined) this.#endTrial('Another release decides by now.');
      this.#trial = undefined;
      this.#atHand.set(activation.policy_version, stored);
      // In one step with the switch: a delivery that looks in between would bring back what was taken back.
      if (withdraws && left !== undefined) this.#memory.noteWithdrawn(left.vector, stored.vector);
      this.#memory.noteActivation(activation);
      await this.#memory.write();
      this.#options.onEvent({ kind: 'activated', activation, built });
      return activation;
    });
    this.#switching = done.catch(() => undefined);
    return done;
  }

  async #stored(version: string): Promise<StoredRelease> {
    const found = await this.find(version);
    if (found !== undefined) return found;
    throw new Failure(
      'not_found',
      `There is no release ${version.slice(0, 100)}. \`./bailiff release list\` names them.`,
    );
  }

  #tellOf(held: Map<string, HeldBack>): void {
    for (const [part, one] of held) {
      const before = this.#held.get(part);
      if (before !== undefined && isToldAlready(before, one)) held.set(part, before);
      else this.#options.onEvent({ kind: 'held', part, held: one });
    }
    this.#held = held;
  }

  #refuse(thrown: unknown): void {
    if (this.#stopping.signal.aborted) return;
    const detail = thrown instanceof Failure ? thrown.detail : String(thrown);
    const at = new Date(this.#options.clock()).toISOString();
    this.#last = { at, checks: [], objections: [detail] };
    if (thrown instanceof BundleFailure)
      this.#tellOf(
        new Map([[REGISTRY, heldBack({ check: 'compose', findings: thrown.findings, blamed: [] }, at)]]),
      );
    this.#options.onEvent({ kind: 'refused', detail });
  }
}

/** Checks of a part alone, before a vector is tried with it. */
const BEFORE_TRYING: ReadonlySet<string> = new Set(['read', 'verify', 'version']);
