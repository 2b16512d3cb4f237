import type { Activation, Release, ReleaseNote, Rollout as RolloutSettings } from '@bailiff/contract';
import { Failure } from '@bailiff/contract';
import { LRUCache } from 'lru-cache';
import type { ParsedModule } from '../analysis/syntax.ts';
import type { BuiltRelease } from '../build-release.ts';
import { BundleFailure } from '../finding.ts';
import type { DeliveryState, ReleaseStore, ReleaseVector, StoredRelease } from '../releases/release-store.ts';
import { ACTIVATIONS_MAX } from '../releases/release-store.ts';
import type { Rollout } from '../rollout/rollout.ts';
import type { DeliveryStatus, HeldBack } from './delivery-status.ts';
import { FetchedParts, type FetchedPartsOptions } from './fetched-parts.ts';
import { mostThatPasses, type Objection } from './hold-back.ts';
import { type Passed, type PreflightOptions, preflight } from './preflight.ts';
import { differingParts, digestsOf, type PolicyFolder, REGISTRY, readPolicyFolder } from './target.ts';
import { withdrawnBy, withoutWithdrawn } from './withdrawn.ts';
import { heldBack, reasonFor } from './words.ts';

/** What happened to policy, for the log and for metrics. */
export type DeliveryEvent =
  | { readonly kind: 'activated'; readonly activation: Activation; readonly built: BuiltRelease | undefined }
  | { readonly kind: 'on_trial'; readonly policy_version: string; readonly stage: 'watch' | 'canary' }
  | { readonly kind: 'held'; readonly part: string; readonly held: HeldBack }
  | { readonly kind: 'refused'; readonly detail: string };

export interface DeliveryOptions
  extends Omit<PreflightOptions, 'parsed' | 'before'>,
    Pick<FetchedPartsOptions, 'openFetcher' | 'lastGood' | 'random' | 'onTrouble'> {
  /** Folder that holds `release.yaml`. */
  readonly directory: string;
  readonly store: ReleaseStore;
  readonly rollout: Pick<Rollout, 'begin' | 'replace' | 'promote' | 'stop' | 'status'>;
  /** The release that decides; undefined before the first. */
  readonly current: () => Release | undefined;
  /** Required bundles that count as missing from now on: calls that they speak for are refused. Never throws. */
  readonly onMissing: (bundles: ReadonlySet<string>) => void;
  /** What else than the sources makes a release what it is: the kernel and the versions that compose it. */
  readonly madeWith: string;
  /** Told of changes in the policy folder; looked at all the same. Disposed of with the delivery. */
  readonly watch: (onChange: () => void) => AsyncDisposable;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Never throws. */
  readonly onEvent: (event: DeliveryEvent) => void;
}

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
  #state: DeliveryState = { activations: [], withdrawn: {} };
  #good: StoredRelease | undefined;
  #held = new Map<string, HeldBack>();
  #last: DeliveryStatus['last_attempt'] = null;
  #trial: StoredRelease | undefined;
  /** Deliveries follow each other; a switch that people ask for does not wait for one. */
  #turn: Promise<void> = Promise.resolve();
  #switching: Promise<unknown> = Promise.resolve();
  #switches = 0;
  #wanted = false;
  /** What was tried last: the parts as they were wanted. */
  #tried: string | undefined;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#fetched = new FetchedParts({ ...options, onChange: () => this.deliver() });
    this.#watch = options.watch(() => this.deliver());
  }

  /**
   * Brings the newest that passes into force; else what was last in force. Returns what did not pass.
   * @throws BundleFailure where nothing passes and nothing was in force before; Failure when `opa` cannot be run.
   */
  async open(): Promise<void> {
    const { store } = this.#options;
    this.#state = await store.state();
    const last = this.#state.activations.at(-1);
    this.#good = last && (await store.find(last.policy_version));
    const refused = await this.#attempt().catch((thrown: unknown) => {
      if (this.#good === undefined || !(thrown instanceof BundleFailure)) throw thrown;
      return thrown;
    });
    if (this.#options.current() !== undefined) return;
    if (this.#good === undefined)
      throw refused ?? new Failure('bundle_invalid', 'No release could be composed.');
    await this.#switchTo(this.#good, {
      by: 'gateway',
      reason: 'It was in force before the restart.',
      kind: 'restored',
    });
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
    const before = this.#state.activations.findLast(({ policy_version }) => policy_version !== active);
    const version = to ?? before?.policy_version;
    if (version === undefined) throw new Failure('not_found', 'No release was in force before this one.');
    const target = await this.#stored(version);
    const left = this.#good;
    this.#switches += 1; // A delivery under way was made for what is taken back.
    await this.#options.rollout.stop(`Rolled back to ${version}: ${asked.reason}`);
    const activation = await this.#switchTo(target, { ...asked, kind: 'rolled_back' });
    if (left !== undefined) await this.#withdraw(left.vector, target.vector);
    return activation;
  }

  /**
   * Takes the release on trial further, or brings one that is kept into force.
   * @throws Failure as `Rollout.promote`; `not_found` where there is no such release.
   */
  async promote(to: 'canary' | 'everyone' | { readonly version: string }, asked: Asked, insisting?: string) {
    const { rollout } = this.#options;
    if (typeof to === 'object') {
      const target = await this.#stored(to.version);
      this.#switches += 1;
      await rollout.stop(`${to.version} was brought into force: ${asked.reason}`);
      return this.#switchTo(target, { ...asked, kind: 'promoted' });
    }
    const trial = this.#trial;
    if (to === 'canary' || trial === undefined) {
      await rollout.promote(to, insisting);
      return undefined;
    }
    return this.#switched(trial, { ...asked, kind: 'promoted' }, () =>
      rollout.promote('everyone', insisting),
    );
  }

  /** Ends the trial. What was on trial is not taken up again until something newer is published. */
  async stopTrial(reason: string): Promise<void> {
    const trial = this.#trial;
    await this.#options.rollout.stop(reason);
    if (trial !== undefined && this.#good !== undefined)
      await this.#withdraw(trial.vector, this.#good.vector);
    this.#trial = undefined;
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
      activations: this.#state.activations.slice(-20),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort(new Failure('not_ready', 'The gateway is stopping.'));
    await this.#watch[Symbol.asyncDispose]();
    await this.#fetched[Symbol.asyncDispose]();
    await this.#turn.catch(() => undefined);
    await this.#switching.catch(() => undefined);
  }

  /** One round: from what is there to what is in force. @throws BundleFailure where nothing at all can be composed. */
  async #attempt(): Promise<undefined> {
    const { signal } = this.#stopping;
    const { clock } = this.#options;
    const began = this.#switches;
    const at = new Date(clock()).toISOString();
    const folder = await readPolicyFolder(this.#options.directory, signal);
    const { parts, refused } = await this.#fetched.partsFor(folder, this.#good, signal);
    this.#options.onMissing(this.#fetched.stale());
    const good = this.#good;
    const found = { registry: folder.registry, parts };
    const wanted = good === undefined ? found : withoutWithdrawn(found, good.vector, this.#state.withdrawn);
    const held = new Map<string, HeldBack>(refused);
    const decides = [good, this.#trial].some((one) => one !== undefined && this.#isMadeOf(one, wanted));
    // What did not pass does not pass the second time either.
    const tried = JSON.stringify([this.#switches, ...digestsOf(wanted)]);
    if (decides) return this.#nothingNew(held, at);
    if (tried === this.#tried) return this.#nothingNew(new Map([...this.#objectedTo(), ...held]), at);
    const attempt = (vector: ReleaseVector) => preflight(vector, this.#preflightOptions(), signal);
    const choice =
      good === undefined
        ? await firstThatPasses(wanted, attempt)
        : await mostThatPasses({ good: good.vector, wanted }, attempt);
    for (const [part, objection] of choice.held) held.set(part, heldBack(objection, at));
    this.#tried = tried;
    this.#tellOf(held);
    this.#note(held, at, choice.value?.checks);
    if (choice.value === undefined || began !== this.#switches) {
      if (began !== this.#switches) this.deliver();
      return;
    }
    await this.#bringIn(choice.value, choice.vector, { folder, at, began });
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
    { folder, at, began }: { readonly folder: PolicyFolder; readonly at: string; readonly began: number },
  ): Promise<void> {
    const { release } = built;
    if (this.#options.current()?.policyVersion === release.policyVersion) {
      this.#good = this.#good && { ...this.#good, vector }; // Tests may be others.
      return;
    }
    const why = reasonFor(release, this.#good?.release, differingParts(this.#good?.vector ?? EMPTY, vector));
    const authors = [...vector.parts.values()].flatMap(({ author }) => (author === '' ? [] : [author]));
    const by = [...new Set(authors)].join(', ') || 'policy folder';
    const note: ReleaseNote = {
      policy_version: release.policyVersion,
      digest: release.digest,
      at,
      author: by,
      reason: why,
      preflight: checks,
      release: release.data,
    };
    const stored = { release, note, vector, madeWith: this.#options.madeWith };
    await this.#options.store.keep(stored);
    this.#atHand.set(release.policyVersion, stored);
    if (began !== this.#switches) return this.deliver();
    const { rollout } = folder.manifest;
    // There is nothing to watch beside, before the first is in force.
    if (rollout.begins === 'everyone' || this.#options.current() === undefined) {
      await this.#switchTo(stored, { by, reason: why, kind: 'delivered' }, { built, settings: rollout });
      return;
    }
    await this.#options.rollout.begin(release, rollout.begins, rollout);
    this.#trial = stored;
    this.#options.onEvent({ kind: 'on_trial', policy_version: release.policyVersion, stage: rollout.begins });
  }

  async #switchTo(
    stored: StoredRelease,
    asked: Pick<Activation, 'by' | 'reason' | 'kind'>,
    { built, settings }: { readonly built?: BuiltRelease; readonly settings?: RolloutSettings } = {},
  ): Promise<Activation> {
    const { rollout } = this.#options;
    const hasDecided = asked.kind === 'rolled_back' || asked.kind === 'restored';
    return this.#switched(
      stored,
      asked,
      () =>
        hasDecided ? rollout.replace(stored.release) : rollout.begin(stored.release, 'everyone', settings),
      built,
    );
  }

  /** One switch after the other; each is remembered once it is done. */
  #switched(
    stored: StoredRelease,
    asked: Pick<Activation, 'by' | 'reason' | 'kind'>,
    work: () => Promise<void>,
    built?: BuiltRelease,
  ): Promise<Activation> {
    const done = this.#switching.then(async () => {
      await work();
      const at = new Date(this.#options.clock()).toISOString();
      const activation = { policy_version: stored.release.policyVersion, at, ...asked };
      this.#good = stored;
      this.#trial = undefined;
      this.#atHand.set(activation.policy_version, stored);
      const { activations } = this.#state;
      // A restart changes nothing of what decides.
      if (activations.at(-1)?.policy_version !== activation.policy_version)
        await this.#remember({
          ...this.#state,
          activations: [...activations, activation].slice(-ACTIVATIONS_MAX),
        });
      this.#options.onEvent({ kind: 'activated', activation, built });
      return activation;
    });
    this.#switching = done.catch(() => undefined);
    return done;
  }

  /** What was taken back stays so. */
  #withdraw(left: ReleaseVector, target: ReleaseVector): Promise<void> {
    const withdrawn = withdrawnBy(left, target, this.#state.withdrawn);
    return this.#remember({ ...this.#state, withdrawn });
  }

  async #stored(version: string): Promise<StoredRelease> {
    const found = await this.find(version);
    if (found !== undefined) return found;
    throw new Failure(
      'not_found',
      `There is no release ${version.slice(0, 100)}. \`./bailiff release list\` names them.`,
    );
  }

  async #remember(state: DeliveryState): Promise<void> {
    this.#state = state;
    await this.#options.store.remember(state);
  }

  #preflightOptions(): PreflightOptions {
    return { ...this.#options, parsed: this.#parsed, before: this.#good?.release };
  }

  #tellOf(held: Map<string, HeldBack>): void {
    for (const [part, one] of held)
      if (this.#held.get(part)?.detail !== one.detail)
        this.#options.onEvent({ kind: 'held', part, held: one });
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
const BEFORE_TRYING: ReadonlySet<string> = new Set(['verify', 'version']);

const EMPTY: ReleaseVector = { registry: new Map(), parts: new Map() };

/** Without anything good to keep, everything has to pass. */
async function firstThatPasses(
  wanted: ReleaseVector,
  attempt: (vector: ReleaseVector) => ReturnType<typeof preflight>,
) {
  const result = await attempt(wanted);
  if (result.kind === 'refused') throw new BundleFailure(result.findings);
  return { vector: wanted, value: result.value, held: new Map<string, Objection>() };
}
