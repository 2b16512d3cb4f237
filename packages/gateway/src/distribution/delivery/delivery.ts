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
import type { BuiltRelease } from '../build-release.ts';
import { BundleFailure } from '../finding.ts';
import { releaseBefore } from '../releases/release-before.ts';
import type { ReleaseVector, StoredRelease } from '../releases/release-store.ts';
import type { DeliveryOptions } from './delivery-options.ts';
import type { DeliveryStatus, HeldBack } from './delivery-status.ts';
import { FetchedParts } from './fetched-parts.ts';
import { allThatPasses, mostThatPasses } from './hold-back.ts';
import { DeliveryMemory } from './memory/delivery-memory.ts';
import { withoutWithdrawn } from './memory/withdrawn.ts';
import { moreCautious } from './more-cautious.ts';
import { type Passed, type PreflightOptions, preflight } from './preflight.ts';
import { differingParts, digestsOf, REGISTRY, readPolicyFolder } from './target.ts';
import { authorsOf, heldBack, noteOf, reasonFor } from './words.ts';

export type { DeliveryEvent, DeliveryOptions } from './delivery-options.ts';

/** Who asks for a switch, and why. */
export interface Asked {
  readonly by: string;
  readonly reason: string;
}

type Switch = Pick<Activation, 'by' | 'reason' | 'kind'>;

interface SwitchFacts {
  readonly built?: BuiltRelease | undefined;
  /** Whether what gives way is not taken up again by itself. */
  readonly withdraws?: boolean;
}

const AFTER_RESTART: Switch = {
  by: 'gateway',
  reason: 'It was in force before the restart.',
  kind: 'restored',
};

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
  /** Trials that end. */
  #ending: Promise<unknown> = Promise.resolve();
  #switches = 0;
  #wanted = false;
  /** What was tried last: the parts as they were wanted. */
  #tried: string | undefined;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#memory = new DeliveryMemory(options);
    this.#fetched = new FetchedParts({ ...options, onChange: () => this.deliver() });
    this.#watch = options.watch(() => this.deliver());
  }

  /**
   * Brings the newest that passes into force; else what was last in force. Returns what did not pass.
   * @throws BundleFailure where nothing passes and nothing was in force before; Failure when `opa` cannot be run.
   */
  async open(): Promise<void> {
    await this.#memory.open();
    const last = this.#memory.activations.at(-1);
    this.#good = last && (await this.#options.store.find(last.policy_version));
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
    await this.#turn;
  }

  /**
   * Goes back to a release that decided before: the one before the active one unless `to` names another. What it takes back is not
   * taken up again until something newer is published.
   * @throws Failure `not_found` where there is no such release.
   */
  async rollBack(to: string | undefined, asked: Asked): Promise<Activation> {
    const active = this.#options.current()?.policyVersion;
    const version = to ?? releaseBefore(this.#memory.activations, active);
    if (version === undefined) throw new Failure('not_found', 'No release was in force before this one.');
    return this.#takeBack(await this.#stored(version), { ...asked, kind: 'rolled_back' });
  }

  /**
   * Takes the release on trial further, or brings one that is kept into force.
   * @throws Failure as `Rollout.promote`; `not_found` where there is no such release.
   */
  async promote(to: 'canary' | 'everyone' | { readonly version: string }, asked: Asked, insisting?: string) {
    const { rollout } = this.#options;
    if (typeof to === 'object')
      return this.#takeBack(await this.#stored(to.version), { ...asked, kind: 'promoted' });
    const trial = this.#trial;
    if (to === 'canary' || trial === undefined) {
      await rollout.promote(to, insisting);
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
    const trial = this.#trial;
    this.#trial = undefined;
    if (trial !== undefined && this.#good !== undefined)
      this.#memory.noteWithdrawn(trial.vector, this.#good.vector);
    await Promise.all([this.#options.rollout.stop(reason), this.#memory.write()]);
  }

  /** The release before takes over again: what the rollout asks for after errors. */
  async restore(previous: Release, reason: string): Promise<void> {
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
    const wanted = good === undefined ? found : withoutWithdrawn(found, good.vector, this.#memory.withdrawn);
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
    const attempt = (vector: ReleaseVector) => preflight(vector, this.#preflightOptions(), signal);
    const choice =
      good === undefined
        ? await allThatPasses(wanted, attempt)
        : await mostThatPasses({ good: good.vector, wanted }, attempt);
    for (const [part, objection] of choice.held) held.set(part, heldBack(objection, at));
    this.#tried = tried;
    this.#tellOf(held);
    this.#note(held, at, choice.value?.checks);
    if (began !== this.#switches || good !== this.#good) return void this.deliver();
    if (choice.value === undefined) return;
    await this.#bringIn(choice.value, choice.vector, { manifest: folder.manifest, at, began }).catch(
      (thrown: unknown) => {
        this.#tried = undefined; // It passed: what kept it out is not its fault.
        throw thrown;
      },
    );
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
    if (this.#options.current()?.policyVersion === release.policyVersion) {
      this.#good = this.#good && { ...this.#good, vector }; // Tests may be others.
      return;
    }
    const why = reasonFor(release, this.#good?.release, differingParts(this.#good?.vector ?? EMPTY, vector));
    const by = authorsOf(vector);
    const note = noteOf(release, { at, author: by, reason: why, preflight: checks });
    const stored = { release, note, vector, madeWith: this.#options.madeWith };
    await this.#options.store.keep(stored);
    this.#atHand.set(release.policyVersion, stored);
    if (began !== this.#switches) return void this.deliver();
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
    this.#options.onEvent({ kind: 'on_trial', policy_version: release.policyVersion, stage: rollout.begins });
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
    this.#ending = Promise.all([this.#ending, this.#options.rollout.stop(reason)]);
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

  #preflightOptions(): PreflightOptions {
    return { ...this.#options, parsed: this.#parsed, before: this.#good?.release };
  }

  #tellOf(held: Map<string, HeldBack>): void {
    for (const [part, one] of held) {
      const before = this.#held.get(part);
      if (before !== undefined && isSame(before, one)) held.set(part, before);
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

/** What a source has that is refused anew is told anew, though it be refused in the same words. */
function isSame(before: HeldBack, now: HeldBack): boolean {
  return before.detail === now.detail && (now.check !== 'verify' || before.since === now.since);
}

const EMPTY: ReleaseVector = { registry: new Map(), parts: new Map() };
