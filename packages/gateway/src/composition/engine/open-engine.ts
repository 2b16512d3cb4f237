import type { Configuration } from '@bailiff/contract';
import type { Logger } from 'pino';
import { AutoEngine } from '../../decision/auto-engine.ts';
import { withCache } from '../../decision/cache/cached-engine.ts';
import { EmbeddedEngine } from '../../decision/embedded/embedded-engine.ts';
import type { Engine } from '../../decision/engine.ts';
import { openSidecar, type Sidecar } from '../../decision/sidecar/sidecar.ts';
import type { ActiveRelease } from '../../distribution/active-release.ts';
import { EngineVerdicts } from '../../stores/engine-verdicts.ts';
import { Admission, type AdmissionFacts } from './admission.ts';
import { Differences } from './differences.ts';

interface EngineOptions {
  readonly opa: string;
  readonly bundleUrl: string;
  readonly bundleToken: string;
  readonly logger: Logger;
  readonly releases: ActiveRelease;
  readonly clock: () => number;
}

/** The engine that decides. */
export interface OpenedEngine {
  readonly engine: Engine;
  /** Starts trying each release that is activated; undefined where OPA alone decides. Disposed of before the engine. */
  readonly follow: ((facts: AdmissionFacts) => AsyncDisposable) | undefined;
}

/** Opens what evaluates policy. OPA is started whatever decides: the embedded engine is measured by it. */
export async function openEngine(
  configuration: Configuration,
  options: EngineOptions,
): Promise<OpenedEngine> {
  const { kind, shadow, deadline_ms } = configuration.engine;
  const reference = await openOpa(configuration, options);
  const { releases, logger, clock } = options;
  const cacheSettings = { ...configuration.engine, releases };
  if (kind === 'sidecar') return { engine: withCache(reference, cacheSettings).engine, follow: undefined };
  const verdicts = new EngineVerdicts(configuration.data_dir);
  const differences = new Differences({ logger, verdicts, clock });
  const embedded = new EmbeddedEngine();
  const auto = new AutoEngine({
    embedded,
    reference,
    releases,
    fallsBack: kind === 'auto',
    shadow,
    chance: Math.random,
    shadowDeadlineMs: deadline_ms,
    onDifference: (release, difference) => {
      cached.drop(); // What the embedded engine answered is doubted from here on.
      differences.observe(release, difference);
    },
  });
  const cached = withCache(auto, cacheSettings);
  const engines = { auto, embedded, reference };
  return {
    engine: cached.engine,
    follow: (facts) =>
      new Admission({
        ...facts,
        engines,
        verdicts,
        differences,
        releases,
        embeddedDeadlineMs: deadline_ms,
        logger,
        clock,
      }),
  };
}

function openOpa(
  { engine }: Configuration,
  { opa, bundleUrl, bundleToken, logger }: EngineOptions,
): Promise<Sidecar> {
  const onLog = (line: string) => logger.warn({ opa: line }, 'OPA says');
  if (engine.url !== undefined) {
    const token = engine.url_token === undefined ? undefined : process.env[engine.url_token.env];
    return openSidecar({ opa: { kind: 'external', url: engine.url, token }, onLog });
  }
  const polling =
    engine.cadence_seconds === undefined
      ? ({ kind: 'long', seconds: engine.long_polling_seconds } as const)
      : ({ kind: 'cadence', seconds: engine.cadence_seconds } as const);
  const source = { url: bundleUrl, token: bundleToken, polling };
  return openSidecar({
    opa: { kind: 'managed', process: { executable: opa, searchPath: process.env.PATH ?? '', source } },
    onLog,
  });
}
