import { randomInt } from 'node:crypto';
import { Failure, failureOf } from '@bailiff/contract';
import type { BundleFetcher, Fetched, FoundBundle } from './bundle-fetcher.ts';
import { deadlineOf, paused, untilAborted } from './following/deadline.ts';
import type { LastGood } from './following/last-good.ts';
import { Staleness } from './following/staleness.ts';

export type { LastGood, LastGoodCopy } from './following/last-good.ts';

/** A bundle of a followed source, and whether it is the copy on disk instead of what the source has. */
export interface SourceBundle extends FoundBundle {
  readonly fromDisk: boolean;
}

/** What came of handing a bundle on. What was refused is not handed on again until the source has something else. */
export type Handed = 'taken' | 'refused';

export interface SourceStatus {
  readonly name: string;
  readonly described: string;
  readonly last_pull: {
    readonly at: string;
    readonly outcome: 'found' | 'unchanged' | 'failed';
    readonly detail: string;
  } | null;
  readonly next_pull_at: string | null;
  /** Since the source was last known to have what it was taken for, in seconds. */
  readonly age_seconds: number | null;
  /** Whether that is longer than the source’s `max_staleness_seconds`. */
  readonly stale: boolean;
  /** Whether what is current comes from the copy on disk, and no look has succeeded since the start. */
  readonly from_disk: boolean;
}

export interface FollowedSourceOptions {
  readonly name: string;
  /** Disposed of with the source. */
  readonly fetcher: BundleFetcher;
  readonly origin: { readonly cadence_seconds: number; readonly max_staleness_seconds?: number | undefined };
  readonly lastGood: LastGood;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Evenly within [0, 1), so that gateways that start together do not ask together for ever. The system’s when absent. */
  readonly random?: () => number;
  /** Verifies a bundle. When it throws, the bundle is handed on again at the next look. Aborted once the source is disposed of. */
  readonly onFound: (found: SourceBundle, signal: AbortSignal) => Promise<Handed>;
  /** Told each time that it changes, by the clock alone too. Must not throw. */
  readonly onStale?: (stale: boolean) => void;
  /** Told of what goes wrong beside a look, as a damaged copy on disk. Must not throw. */
  readonly onTrouble?: (detail: string) => void;
  /** Longest that one look may take, in milliseconds. Default: `LOOK_TIMEOUT_MS`. */
  readonly lookTimeoutMs?: number;
}

/** One look, from the first byte asked for to the last that came. */
export const LOOK_TIMEOUT_MS = 120_000;

/** Longest pause after failures, in milliseconds, unless the cadence is longer. */
export const BACK_OFF_MAX_MS = 600_000;

/** Share of a pause by which it is shorter or longer. */
const JITTER = 0.1;
/** Between two looks that a source itself asks for by telling that it has changed. */
const CHANGE_PAUSE_MS = 200;
/** How often the copy on disk is noted to be what the source still has. */
const CONFIRM_EVERY_MS = 60_000;
const TIMER_MAX_MS = 2_147_483_647;

/**
 * Follows one source from when it is made: looks at its cadence, when it tells that it changed, and when asked; backs off after failures; keeps what was
 * good on disk. Holds two bundles in memory at most: the one last taken and the one before, until one of them is marked as good.
 */
export class FollowedSource implements AsyncDisposable {
  readonly #options: FollowedSourceOptions;
  readonly #ended = new AbortController();
  readonly #stale: Staleness;
  readonly #begun = Promise.withResolvers<void>();
  readonly #loop: Promise<void>;
  /** Newest last. */
  #taken: readonly SourceBundle[] = [];
  /** Version that the last look found, taken or refused; undefined makes the next look fetch whatever there is. */
  #seen: string | undefined;
  #seenIsRefused = false;
  #kept: string | undefined;
  #confirmedAt = Number.NEGATIVE_INFINITY;
  #lookedAt: number | undefined;
  #lastPull: SourceStatus['last_pull'] = null;
  #nextPullAt: number | undefined;
  #failures = 0;
  /** Longer than a look only for a fetch that did not end when it was told to. */
  #isFetching = false;
  #asked: PromiseWithResolvers<void> | undefined;
  #wake: (() => void) | undefined;

  constructor(options: FollowedSourceOptions) {
    this.#options = options;
    this.#stale = new Staleness({
      maxMs: (options.origin.max_staleness_seconds ?? Number.POSITIVE_INFINITY) * 1_000,
      clock: options.clock,
      onChange: (stale) => options.onStale?.(stale),
    });
    this.#loop = this.#follow();
  }

  /**
   * Resolves once the copy on disk was taken or, where there is none that was, after the first look, however that ended. Never
   * rejects.
   */
  whenLooked(): Promise<void> {
    return this.#begun.promise;
  }

  /** What was taken last; undefined when nothing was. */
  current(): SourceBundle | undefined {
    return this.#taken.at(-1);
  }

  /**
   * Marks what was taken, of that version if one is named, as good: it is what a start without network begins with. Resolves once that is
   * durable. @throws Failure `bundle_unavailable` when it cannot be kept; it is current all the same.
   */
  async good(version?: string): Promise<void> {
    const found = this.#taken.findLast((one) => version === undefined || one.version === version);
    if (found === undefined) return;
    this.#taken = this.#taken.slice(this.#taken.indexOf(found));
    if (found.version === this.#kept) return;
    const { name, lastGood, clock } = this.#options;
    const { content, approvals } = found;
    try {
      await lastGood.keep(name, {
        content,
        version: found.version,
        approvals,
        at: this.#lookedAt ?? clock(),
      });
    } catch (cause) {
      throw new Failure(
        'bundle_unavailable',
        `What was fetched for ${name} cannot be kept on disk. Make room in the data folder, and let the gateway’s user write there.`,
        { cause },
      );
    }
    this.#kept = found.version;
  }

  /** Looks now; what was refused before is fetched anew. Resolves after a look that began after the call. @throws Failure once stopped. */
  async pullNow(): Promise<SourceStatus> {
    if (this.#ended.signal.aborted) throw stopped();
    if (this.#seenIsRefused) this.#seen = undefined;
    this.#asked ??= Promise.withResolvers<void>();
    const { promise } = this.#asked;
    this.#wake?.();
    await promise;
    return this.status();
  }

  status(): SourceStatus {
    const { name, fetcher, clock } = this.#options;
    const current = this.current();
    const age = this.#lookedAt === undefined ? null : Math.max(0, clock() - this.#lookedAt) / 1_000;
    return {
      name,
      described: fetcher.described,
      last_pull: this.#lastPull,
      next_pull_at: this.#nextPullAt === undefined ? null : instantOf(this.#nextPullAt),
      age_seconds: age,
      stale: this.#stale.isStale(),
      from_disk: current?.fromDisk ?? false,
    };
  }

  /** Ends what is under way and waits for nothing that hangs. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort(stopped());
    this.#stale[Symbol.dispose]();
    await this.#loop;
    this.#asked?.promise.catch(() => undefined); // nobody need have asked
    this.#asked?.reject(stopped());
    await this.#options.fetcher[Symbol.asyncDispose]();
  }

  /** Hands the copy on disk on, if there is one; whether it was taken. */
  async #fromDisk(): Promise<boolean> {
    const { name, lastGood, clock } = this.#options;
    try {
      const copy = await lastGood.find(name);
      if (copy === undefined) return false;
      const { content, version, approvals } = copy;
      const found = { content, version, approvals, fromDisk: true };
      if ((await this.#hand(found)) === 'refused') return false;
      this.#kept = version;
      this.#seen = version;
      this.#looked(Math.min(copy.at, clock()));
      return true;
    } catch (thrown) {
      this.#trouble(thrown, 'The copy on disk cannot be used');
      return false;
    }
  }

  async #follow(): Promise<void> {
    const { signal } = this.#ended;
    if (await this.#fromDisk()) this.#begun.resolve();
    while (!signal.aborted) {
      const asked = this.#asked;
      this.#asked = undefined;
      await this.#look();
      this.#begun.resolve();
      if (signal.aborted) asked?.reject(stopped());
      else asked?.resolve();
      if (this.#asked === undefined && !signal.aborted) await this.#pause();
    }
    this.#begun.resolve();
  }

  /** One look, however it ends. */
  async #look(): Promise<void> {
    const { clock } = this.#options;
    const at = clock();
    this.#nextPullAt = undefined;
    try {
      const fetched = await this.#fetchInTime();
      if (fetched.kind === 'found') await this.#found(fetched);
      this.#failures = 0;
      // What is refused says nothing of whether what was taken is current: else junk would keep an old bundle fresh.
      if (!this.#seenIsRefused) this.#looked(at);
      if (fetched.kind === 'unchanged') await this.#unchanged(at);
      const refused = this.#seenIsRefused ? 'What it has is refused.' : '';
      const detail = fetched.kind === 'found' ? `Version ${fetched.version}. ${refused}`.trim() : refused;
      this.#lastPull = { at: instantOf(at), outcome: fetched.kind, detail };
    } catch (thrown) {
      if (this.#ended.signal.aborted) return;
      this.#failures += 1;
      this.#lastPull = { at: instantOf(at), outcome: 'failed', detail: detailOf(thrown) };
    }
  }

  /** What the source has, within the time of a look even where the fetcher does not heed its signal. */
  async #fetchInTime(): Promise<Fetched> {
    const { lookTimeoutMs = LOOK_TIMEOUT_MS } = this.#options;
    if (this.#isFetching)
      throw new Failure(
        'bundle_unavailable',
        'The look before has not ended. Restart the gateway if this stays so.',
      );
    const seconds = lookTimeoutMs / 1_000;
    const late = new Failure(
      'bundle_unavailable',
      `The source did not answer within ${seconds} s. See that it runs and can be reached from here; it is tried again.`,
    );
    using deadline = deadlineOf(this.#ended.signal, lookTimeoutMs, late);
    return await untilAborted(this.#fetchOnce(deadline.signal), deadline.signal);
  }

  async #fetchOnce(signal: AbortSignal): Promise<Fetched> {
    this.#isFetching = true;
    try {
      return await this.#options.fetcher.fetch(this.#seen, signal);
    } finally {
      this.#isFetching = false;
    }
  }

  async #found({ content, version, approvals }: FoundBundle): Promise<void> {
    const current = this.current();
    if (current?.version === version) {
      // Fetched anew without being another: what is current is confirmed, and no longer only a copy.
      this.#taken = [...this.#taken.slice(0, -1), { ...current, fromDisk: false }];
      this.#seen = version;
      this.#seenIsRefused = false;
      return;
    }
    const handed = await this.#hand({ content, version, approvals, fromDisk: false });
    this.#seen = version;
    this.#seenIsRefused = handed === 'refused';
  }

  async #unchanged(at: number): Promise<void> {
    const current = this.current();
    if (current === undefined || current.version !== this.#seen) return;
    if (current.fromDisk) this.#taken = [...this.#taken.slice(0, -1), { ...current, fromDisk: false }];
    if (this.#kept !== current.version || at - this.#confirmedAt < CONFIRM_EVERY_MS) return;
    try {
      await this.#options.lastGood.confirm(this.#options.name, current.version, at);
      this.#confirmedAt = at;
    } catch (thrown) {
      this.#trouble(thrown, 'The age of the copy on disk cannot be noted');
    }
  }

  async #hand(found: SourceBundle): Promise<Handed> {
    const { signal } = this.#ended;
    const handed = await untilAborted(this.#options.onFound(found, signal), signal);
    if (handed === 'taken') this.#taken = [...this.#taken.slice(-1), found];
    return handed;
  }

  #looked(at: number): void {
    this.#lookedAt = at;
    this.#stale.renewed(at);
  }

  /** Until it is time for the next look, the source tells of a change, or somebody asks. */
  async #pause(): Promise<void> {
    const { fetcher, clock, random = systemRandom } = this.#options;
    const ms = this.#pauseMs(random());
    this.#nextPullAt = clock() + ms;
    using over = deadlineOf(this.#ended.signal, ms, stopped());
    const { promise, resolve } = Promise.withResolvers<void>();
    over.signal.addEventListener('abort', () => resolve(), { once: true });
    this.#wake = resolve;
    // After a failure the pause is meant: a source that tells of changes and fails would be asked without end.
    if (fetcher.whenChanged !== undefined && this.#failures === 0) {
      const { signal } = over;
      fetcher
        .whenChanged(signal)
        .then(() => paused(CHANGE_PAUSE_MS, signal))
        .then(resolve, () => undefined); // the look that is due tells what is wrong
    }
    if (this.#asked === undefined) await promise;
    this.#wake = undefined;
  }

  #pauseMs(chance: number): number {
    const cadenceMs = this.#options.origin.cadence_seconds * 1_000;
    const backOffMs = Math.min(cadenceMs * 2 ** Math.min(this.#failures, 32), BACK_OFF_MAX_MS);
    const ms = this.#failures === 0 ? cadenceMs : Math.max(cadenceMs, backOffMs);
    return Math.min(ms * (1 - JITTER + 2 * JITTER * chance), TIMER_MAX_MS);
  }

  #trouble(thrown: unknown, what: string): void {
    if (!this.#ended.signal.aborted)
      this.#options.onTrouble?.(`${this.#options.name}: ${what}. ${detailOf(thrown)}`);
  }
}

const CHANCES = 2 ** 32;

function systemRandom(): number {
  return randomInt(CHANCES) / CHANCES;
}

function stopped(): Failure {
  return new Failure('bundle_unavailable', 'The gateway is stopping.');
}

function instantOf(ms: number): string {
  return new Date(ms).toISOString();
}

function detailOf(thrown: unknown): string {
  const failure = failureOf(thrown);
  return failure.code === 'internal' && thrown instanceof Error
    ? `It failed in a way that nobody foresaw: ${thrown.message}`
    : failure.detail;
}
