/** What is to be known of something that grows old, and who is told. */
export interface StalenessOptions {
  /** Infinity: it never is. */
  readonly maxMs: number;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly onChange: (stale: boolean) => void;
}

const TIMER_MAX_MS = 2_147_483_647;

/** Tells when something has not been renewed for too long, by the clock alone too. What was never renewed is not stale: it is not there. */
export class Staleness implements Disposable {
  readonly #options: StalenessOptions;
  #renewedAt: number | undefined;
  #told = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: StalenessOptions) {
    this.#options = options;
  }

  isStale(): boolean {
    const { clock, maxMs } = this.#options;
    return this.#renewedAt !== undefined && clock() - this.#renewedAt > maxMs;
  }

  /** It was good at a time, in milliseconds since 1970. */
  renewed(at: number): void {
    this.#renewedAt = at;
    this.#tell();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #tell(): void {
    clearTimeout(this.#timer);
    const stale = this.isStale();
    const { clock, maxMs, onChange } = this.#options;
    if (!stale && this.#renewedAt !== undefined && maxMs !== Number.POSITIVE_INFINITY) {
      const leftMs = this.#renewedAt + maxMs - clock() + 1;
      this.#timer = setTimeout(() => this.#tell(), Math.min(leftMs, TIMER_MAX_MS));
      this.#timer.unref();
    }
    if (stale === this.#told) return;
    this.#told = stale;
    onChange(stale);
  }
}
