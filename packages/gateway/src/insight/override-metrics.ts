import type { ActiveOverride, Answer, Release } from '@bailiff/contract';
import { Counter, Gauge, type Registry } from 'prom-client';
import { nextToExpire, OVERRIDE_STATES, stateOf } from './override-states.ts';

/** Most overrides that become series of their own in the life of a process; uses of others count as `other`. */
const IDS_MAX = 500;
const OTHER = 'other';

/** Overrides of the release that decides, and how often they let something pass. */
export class OverrideMetrics {
  readonly #ids = new Set<string>();
  readonly #uses: Counter<'id'>;
  #overrides: readonly ActiveOverride[] = [];

  /** `now` gives milliseconds since 1970. */
  constructor(registry: Registry, now: () => number) {
    this.#uses = new Counter({
      name: 'bailiff_override_uses_total',
      help: 'Decisions in which an override lifted an objection.',
      labelNames: ['id'],
      registers: [registry],
    });
    const states: Gauge<'state'> = new Gauge({
      name: 'bailiff_overrides',
      help: 'Overrides of the active release by state: future, active, expired.',
      labelNames: ['state'],
      registers: [registry],
      collect: () => {
        const found = this.#overrides.map((override) => stateOf(override, now() / 1_000));
        for (const state of OVERRIDE_STATES)
          states.set({ state }, found.filter((one) => one === state).length);
      },
    });
    const overCap: Gauge = new Gauge({
      name: 'bailiff_overrides_over_cap',
      help: 'Active overrides beyond the cap of a bundle, by one approval more.',
      registers: [registry],
      collect: () => {
        const nowS = now() / 1_000;
        const active = this.#overrides.filter((override) => stateOf(override, nowS) === 'active');
        overCap.set(active.filter(({ over_cap }) => over_cap === true).length);
      },
    });
    const expiry: Gauge = new Gauge({
      name: 'bailiff_override_next_expiry_timestamp_seconds',
      help: 'When the next active override ends, in seconds since 1970; 0 where none is active.',
      registers: [registry],
      collect: () => expiry.set(nextToExpire(this.#overrides, now() / 1_000)?.expires_at ?? 0),
    });
  }

  observeRelease({ data }: Pick<Release, 'data'>): void {
    this.#overrides = data.overrides;
    for (const { id } of data.overrides) if (this.#ids.size < IDS_MAX) this.#ids.add(id);
  }

  observeAnswer({ metadata }: Pick<Answer, 'metadata'>): void {
    for (const { id, status } of metadata.overrides)
      if (status === 'used') this.#uses.inc({ id: this.#ids.has(id) ? id : OTHER });
  }
}
