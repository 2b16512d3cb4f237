import type { Configuration, Release } from '@bailiff/contract';
import type { Logger } from 'pino';
import type { Difference } from '../../decision/admission/difference.ts';
import { AutoEngine, type Standing } from '../../decision/auto-engine.ts';
import { withCache } from '../../decision/cache/cached-engine.ts';
import { EmbeddedEngine } from '../../decision/embedded/embedded-engine.ts';
import type { Engine } from '../../decision/engine.ts';
import { openSidecar, type Sidecar } from '../../decision/sidecar/sidecar.ts';
import type { ActiveRelease } from '../../distribution/active-release.ts';
import type { PreflightEngine } from '../../distribution/delivery/preflight-engine.ts';
import { EngineVerdicts } from '../../stores/engine-verdicts.ts';
import { CANDIDATE_BUNDLE_PATH } from '../bundle-route.ts';
import { Admission, type AdmissionFacts } from './admission.ts';
import { Differences } from './differences.ts';
import {
  type ComparedSamples,
  EngineGate,
  type EngineGateOptions,
  whyLaneCannotDecide,
} from './engine-gate.ts';
import { type Lane, type LaneOptions, openLane } from './lane.ts';
import { Lanes } from './lanes.ts';

interface EngineOptions {
  readonly opa: string;
  readonly bundleUrl: string;
  readonly bundleToken: string;
  readonly logger: Logger;
  readonly releases: ActiveRelease;
  readonly clock: () => number;
}

/** The engine that decides, and what releases are tried in before they do. */
export interface OpenedEngine {
  readonly engine: Engine;
  /** Starts trying each release that is activated; undefined where OPA alone decides. Disposed of before the engine. */
  readonly follow: ((facts: AdmissionFacts) => AsyncDisposable) | undefined;
  /** What decides by this release whichever is active; undefined where only the engine above can. */
  readonly engineBy: (release: Release) => Pick<Engine, 'evaluate'> | undefined;
  /** Engines of their own for releases that are not active. Disposed of before the engine. */
  readonly lanes: Lanes;
  /** What tries releases in lanes. */
  readonly gateOf: (facts: Pick<AdmissionFacts, 'context' | 'versions'>) => TrialEngines;
}

/** What a release is tried in, and lanes for it once it is on trial. */
export interface TrialEngines extends PreflightEngine {
  /** Opens a lane that can decide by the release. @throws Failure `policy_unavailable` where none can, and says why. */
  openLane(release: Release, signal: AbortSignal): Promise<AsyncDisposable>;
}

/** Opens what evaluates policy. OPA is started whatever decides: the embedded engine is measured by it. */
export async function openEngine(
  configuration: Configuration,
  options: EngineOptions,
): Promise<OpenedEngine> {
  const { kind, shadow, deadline_ms, url } = configuration.engine;
  const reference = await openOpa(configuration, options);
  const { releases, logger, clock } = options;
  const cacheSettings = { ...configuration.engine, releases };
  const verdicts = new EngineVerdicts(configuration.data_dir);
  const differences = new Differences({ logger, verdicts, clock });
  const shared = {
    embedded: new EmbeddedEngine(),
    standings: new WeakMap<Release, Standing>(),
    onDifference: (release: Release, difference: Difference) => {
      cached.drop(); // What the embedded engine answered is doubted from here on.
      differences.observe(release, difference);
    },
  };
  const auto = new AutoEngine({
    ...shared,
    reference,
    releases,
    fallsBack: kind === 'auto',
    shadow,
    chance: Math.random,
    shadowDeadlineMs: deadline_ms,
  });
  const cached = withCache(kind === 'sidecar' ? reference : auto, cacheSettings);
  // There is no spare of an OPA that runs elsewhere, so that the embedded engine decides for a release on trial.
  const own = kind === 'sidecar' && url === undefined ? undefined : { auto, embedded: shared.embedded };
  const lanes = new Lanes({ open: laneOpener(configuration, options, own && shared) });
  const compared: ComparedSamples = new WeakMap();
  const found = { verdicts, differences, compared };
  const admission = { releases, ...found, logger, clock, embeddedDeadlineMs: deadline_ms };
  const engines = { auto, embedded: shared.embedded, reference };
  return {
    engine: cached.engine,
    follow: kind === 'sidecar' ? undefined : (facts) => new Admission({ ...facts, ...admission, engines }),
    // What is kept of answers is the active release’s.
    engineBy: (release) =>
      kind === 'sidecar' || configuration.engine.cache !== 'off' ? undefined : auto.by(release),
    lanes,
    gateOf: (facts) => trialEngines({ ...facts, configuration, lanes, own, ...found }),
  };
}

function laneOpener(
  configuration: Configuration,
  { opa, bundleUrl, bundleToken, logger, releases }: EngineOptions,
  embedded: LaneOptions['embedded'],
): (release: Release, signal: AbortSignal) => Promise<Lane> {
  return (release, signal) => {
    const url = new URL(CANDIDATE_BUNDLE_PATH, bundleUrl);
    url.searchParams.set('release', release.policyVersion);
    const options = {
      configuration,
      opa,
      bundleUrl: url.href,
      bundleToken,
      embedded,
      logger,
      withheld: () => releases.withheld(),
    };
    return openLane(release, options, signal);
  };
}

function trialEngines(options: EngineGateOptions): TrialEngines {
  const gate = new EngineGate(options);
  return {
    judge: (built, signal) => gate.judge(built, signal),
    decideAll: (release, inputTexts, signal) => gate.decideAll(release, inputTexts, signal),
    decideAhead: (release, inputTexts, signal) => gate.decideAhead(release, inputTexts, signal),
    async openLane(release, signal) {
      const { detail } = await gate.judge({ release }, signal);
      const failure = whyLaneCannotDecide(release, options, detail);
      if (failure !== undefined) throw failure;
      return options.lanes.hold(release, signal); // The one that it was judged in, which has not ended yet.
    },
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
