import type { ActiveOverride, Release } from '@bailiff/contract';
import type { ActiveRelease } from '../distribution/active-release.ts';
import { stateOf } from './override-states.ts';

/** What somebody should know of an override while there is time to act. */
export interface OverrideAlert {
  readonly kind: 'override_expiring' | 'override_over_cap';
  readonly override: string;
  readonly ticket: string;
  readonly lifts: readonly string[];
  /** RFC 3339. */
  readonly expires_at: string;
}

export interface OverrideAlertsOptions {
  readonly releases: Pick<ActiveRelease, 'current' | 'subscribe'>;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly alert: (alert: OverrideAlert) => void;
  /** Between two looks at the same release; ten minutes when absent. */
  readonly intervalMs?: number;
}

/** How long before its end an override is told of. */
export const EXPIRING_MS = 24 * 3_600_000;
const INTERVAL_MS = 10 * 60_000;
/** Alerts that are remembered; beyond that some are told again. */
const TOLD_MAX = 10_000;

/** Tells once of each override that ends within a day, or holds beyond a cap. */
export class OverrideAlerts implements Disposable {
  readonly #options: OverrideAlertsOptions;
  readonly #told = new Set<string>();
  readonly #timer: NodeJS.Timeout;
  readonly #unsubscribe: () => void;

  constructor(options: OverrideAlertsOptions) {
    this.#options = options;
    const { releases, intervalMs = INTERVAL_MS } = options;
    this.#unsubscribe = releases.subscribe((release) => this.#look(release));
    this.#timer = setInterval(() => this.#lookAgain(), intervalMs).unref();
    this.#lookAgain();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#unsubscribe();
  }

  #lookAgain(): void {
    const release = this.#options.releases.current();
    if (release !== undefined) this.#look(release);
  }

  #look({ data }: Pick<Release, 'data'>): void {
    const nowMs = this.#options.clock();
    if (this.#told.size > TOLD_MAX) this.#told.clear();
    for (const override of data.overrides) {
      const state = stateOf(override, nowMs / 1_000);
      const endsMs = override.expires_at * 1_000;
      if (state === 'active' && endsMs - nowMs <= EXPIRING_MS) this.#tell('override_expiring', override);
      if (state !== 'expired' && override.over_cap === true) this.#tell('override_over_cap', override);
    }
  }

  #tell(kind: OverrideAlert['kind'], { id, ticket, lifts, expires_at }: ActiveOverride): void {
    const key = JSON.stringify([kind, id, expires_at]);
    if (this.#told.has(key)) return;
    this.#told.add(key);
    const until = new Date(expires_at * 1_000).toISOString();
    this.#options.alert({ kind, override: id, ticket, lifts, expires_at: until });
  }
}
