import { Gauge, type Registry } from 'prom-client';

/** How one bundle stands, for metrics. */
export interface BundleGauge {
  readonly name: string;
  /** Since its source was last known to have it; null for one that lies in the policy folder. */
  readonly ageSeconds: number | null;
  /** Whether its newest is left out because it did not pass. */
  readonly held: boolean;
}

/** Most bundles that become series of their own; the others are left out. */
const BUNDLES_MAX = 500;

/** Age and standing of bundles, asked when metrics are read. */
export class BundleMetrics {
  constructor(registry: Registry, bundles: () => readonly BundleGauge[]) {
    const told = () => bundles().slice(0, BUNDLES_MAX);
    const age: Gauge<'bundle'> = new Gauge({
      name: 'bailiff_bundle_age_seconds',
      help: 'Time since the source of a bundle was last known to have what decides.',
      labelNames: ['bundle'],
      registers: [registry],
      collect() {
        age.reset();
        for (const { name, ageSeconds } of told())
          if (ageSeconds !== null) age.set({ bundle: name }, ageSeconds);
      },
    });
    const held: Gauge<'bundle'> = new Gauge({
      name: 'bailiff_bundle_held_back',
      help: 'Bundles whose newest is left out because it did not pass a check; 1 for each, 0 for the others.',
      labelNames: ['bundle'],
      registers: [registry],
      collect() {
        held.reset();
        for (const bundle of told()) held.set({ bundle: bundle.name }, Number(bundle.held));
      },
    });
  }
}
