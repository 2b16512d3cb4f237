import { hash } from 'node:crypto';
import type { Release } from '@bailiff/contract';
import type { Logger } from 'pino';
import type { Difference } from '../../decision/admission/difference.ts';
import type { Metrics } from '../../insight/metrics.ts';
import type { EngineVerdicts } from '../../stores/engine-verdicts.ts';

/** Tells of every release that the embedded engine does not decide as OPA does: in the log, the metrics and on disk. */
export class Differences {
  readonly #logger: Logger;
  readonly #verdicts: EngineVerdicts;
  readonly #clock: () => number;
  readonly #keys = new WeakMap<Release, string>();
  #metrics: Pick<Metrics, 'observeEngineDifference'> | undefined;

  constructor(options: {
    readonly logger: Logger;
    readonly verdicts: EngineVerdicts;
    readonly clock: () => number;
  }) {
    this.#logger = options.logger;
    this.#verdicts = options.verdicts;
    this.#clock = options.clock;
  }

  /** Where differences are counted from now on. */
  countedBy(metrics: Pick<Metrics, 'observeEngineDifference'>): void {
    this.#metrics = metrics;
  }

  /** Under what a release’s verdict is kept. */
  rememberKey(release: Release, key: string): void {
    this.#keys.set(release, key);
  }

  /** Never throws. The input is named by its digest: what is in it is in the record, masked. */
  observe(release: Release, difference: Difference): void {
    const where = placeOf(difference);
    const { comparison } = difference;
    this.#logger.error(
      { policy_version: release.policyVersion, comparison, ...where },
      'The embedded engine decided otherwise than OPA, and decides no more by this release.',
    );
    this.#metrics?.observeEngineDifference(comparison);
    const key = this.#keys.get(release);
    if (key === undefined) return;
    const place = Object.entries(where).map(([name, value]) => `${name} ${value}`);
    const verdict = {
      kind: 'refused',
      at: new Date(this.#clock()).toISOString(),
      compared: 0,
      detail: `The embedded engine decided otherwise than OPA (${comparison}): ${place.join(', ')}.`,
    } as const;
    this.#verdicts.keep(key, verdict).catch((err: unknown) => {
      this.#logger.error({ err }, 'The difference between the engines could not be kept.');
    });
  }
}

function placeOf(difference: Difference): Readonly<Record<string, string>> {
  if (difference.kind === 'test') return { test: difference.test };
  const { entrypoint, inputText } = difference;
  return { entrypoint, input_sha256: hash('sha256', inputText) };
}
