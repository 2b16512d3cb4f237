import { Failure, type Release } from '@bailiff/contract';
import { createActiveRelease } from '../../distribution/active-release.ts';
import { type BundleEndpoint, createBundleEndpoint } from '../../distribution/bundle-endpoint.ts';
import type { Lane } from './lane.ts';

export interface LanesOptions {
  /** Opens a lane whose OPA asks `lanes.endpointOf` for its bundle. */
  readonly open: (release: Release, signal: AbortSignal) => Promise<Lane>;
  /** For so long a lane stays after nobody holds it, in milliseconds: for calls under way, and whoever comes back for it. */
  readonly lingerMs?: number;
}

/** A lane that stays open until this is disposed of. */
export interface HeldLane extends AsyncDisposable {
  readonly lane: Lane;
}

/** Lanes at once, those that linger included: one on trial, one that is tried before. Each is an OPA. */
export const LANES_MAX = 2;
const LINGER_MS = 30_000;

interface Entry {
  readonly release: Release;
  readonly opening: Promise<Lane>;
  readonly endpoint: BundleEndpoint;
  lane: Lane | undefined;
  holders: number;
  timer: NodeJS.Timeout | undefined;
}

/** The lanes that are open. Whoever wants one for the same release gets the same. */
export class Lanes implements AsyncDisposable {
  readonly #options: LanesOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #closing = new AbortController();
  readonly #ends = new Set<Promise<void>>();

  constructor(options: LanesOptions) {
    this.#options = options;
  }

  /**
   * Resolves once the lane’s OPA has the release. @throws Failure `overloaded` where too many are held; `policy_unavailable`
   * where there can be no lane; the signal's reason on abort.
   */
  async hold(release: Release, signal: AbortSignal): Promise<HeldLane> {
    signal.throwIfAborted();
    const entry = this.#entries.get(release.policyVersion) ?? this.#open(release);
    entry.holders += 1;
    clearTimeout(entry.timer);
    try {
      const lane = await aborted(entry.opening, signal);
      let isHeld = true;
      return {
        lane,
        [Symbol.asyncDispose]: async () => {
          if (isHeld) this.#free(entry);
          isHeld = false;
        },
      };
    } catch (thrown) {
      this.#free(entry);
      throw thrown;
    }
  }

  /** The lane that is open for a release. */
  find(release: Release): Lane | undefined {
    return this.#entries.get(release.policyVersion)?.lane;
  }

  /** Serves a lane’s OPA; undefined for a release that has none. */
  endpointOf(policyVersion: string): BundleEndpoint | undefined {
    return this.#entries.get(policyVersion)?.endpoint;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Failure('not_ready', 'The gateway is stopping.'));
    for (const entry of [...this.#entries.values()]) this.#close(entry);
    await Promise.all(this.#ends);
  }

  #open(release: Release): Entry {
    if (this.#closing.signal.aborted) throw this.#closing.signal.reason;
    this.#makeRoom();
    const served = createActiveRelease({ clock: () => 0 });
    served.activate(release);
    const signal = this.#closing.signal;
    // In the next turn: OPA asks for its bundle as soon as it runs.
    const opening = Promise.resolve().then(() => this.#options.open(release, signal));
    const entry: Entry = {
      release,
      opening,
      endpoint: createBundleEndpoint(served),
      lane: undefined,
      holders: 0,
      timer: undefined,
    };
    this.#entries.set(release.policyVersion, entry);
    opening.then(
      (lane) => {
        entry.lane = lane;
      },
      () => this.#forget(entry),
    );
    return entry;
  }

  /** What nobody holds gives way. */
  #makeRoom(): void {
    const idle = [...this.#entries.values()].filter(({ holders }) => holders === 0);
    for (const entry of idle) if (this.#entries.size >= LANES_MAX) this.#close(entry);
    if (this.#entries.size >= LANES_MAX)
      throw new Failure('overloaded', 'As many releases as can be tried at once are tried already.');
  }

  #free(entry: Entry): void {
    entry.holders -= 1;
    if (entry.holders > 0 || this.#entries.get(entry.release.policyVersion) !== entry) return;
    const { lingerMs = LINGER_MS } = this.#options;
    entry.timer = setTimeout(() => this.#close(entry), lingerMs);
    entry.timer.unref();
  }

  #close(entry: Entry): void {
    this.#forget(entry);
    const end = entry.opening
      .then((lane) => lane[Symbol.asyncDispose]())
      .catch(() => undefined) // It never opened, or there is nothing left of it.
      .finally(() => this.#ends.delete(end));
    this.#ends.add(end);
  }

  #forget(entry: Entry): void {
    clearTimeout(entry.timer);
    entry.lane = undefined;
    if (this.#entries.get(entry.release.policyVersion) === entry)
      this.#entries.delete(entry.release.policyVersion);
  }
}

/** The promise, unless the signal comes first. */
function aborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
