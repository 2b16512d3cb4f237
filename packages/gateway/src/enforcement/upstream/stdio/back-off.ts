import { LRUCache } from 'lru-cache';

/** After the first failure in a row a server is started again at once, then after pauses that double up to a bound. */
export interface BackOff {
  readonly firstMs: number;
  readonly maxMs: number;
  /** A server that ran this long counts as healthy again. */
  readonly healthyMs: number;
}

export const BACK_OFF: BackOff = { firstMs: 250, maxMs: 30_000, healthyMs: 30_000 };

/** For how many callers failures of a server are remembered. */
const CALLERS_MAX = 1_000;

interface Failures {
  readonly inARow: number;
  readonly notBeforeMs: number;
}

/** When a server that fails may be started again, for each caller by itself: one cannot keep it from the others. */
export class BackOffs {
  readonly #backOff: BackOff;
  readonly #failures = new LRUCache<string, Failures>({ max: CALLERS_MAX });

  constructor(backOff: BackOff) {
    this.#backOff = backOff;
  }

  mayStart(caller: string): boolean {
    return performance.now() >= (this.#failures.get(caller)?.notBeforeMs ?? 0);
  }

  /** A process that ran for so long ended by itself. Gives after how many milliseconds it may be started again. */
  failed(caller: string, ranMs: number): number {
    const { firstMs, maxMs, healthyMs } = this.#backOff;
    const inARow = ranMs > healthyMs ? 1 : (this.#failures.get(caller)?.inARow ?? 0) + 1;
    const pauseMs = inARow === 1 ? 0 : Math.min(firstMs * 2 ** (inARow - 2), maxMs);
    this.#failures.set(caller, { inARow, notBeforeMs: performance.now() + pauseMs });
    return pauseMs;
  }
}
