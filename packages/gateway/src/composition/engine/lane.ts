import { type Configuration, Failure, type Release } from '@bailiff/contract';
import type { Logger } from 'pino';
import { AutoEngine, type AutoEngineOptions } from '../../decision/auto-engine.ts';
import { createDecide, type Decide } from '../../decision/decide.ts';
import type { Engine, Releases } from '../../decision/engine.ts';
import { openSidecar, type Sidecar } from '../../decision/sidecar/sidecar.ts';
import { undecidedLog } from '../undecided-log.ts';

/** Engines of its own for one release, whichever is active: nothing that happens here touches the others. */
export interface Lane extends AsyncDisposable {
  readonly release: Release;
  /** This one release. */
  readonly releases: Releases;
  readonly decider: Decide;
  /** Decides within a shorter time and without alternatives, for what is only recorded. */
  readonly watcher: Decide;
  /** The spare OPA. */
  readonly spare: Sidecar;
}

export interface LaneOptions {
  readonly configuration: Pick<Configuration, 'engine'>;
  /** Path of `opa`. */
  readonly opa: string;
  /** Where the spare OPA fetches this release, and with which token. */
  readonly bundleUrl: string;
  readonly bundleToken: string;
  /** What the lane’s own embedded engine shares with the gateway’s; undefined where OPA alone decides. */
  readonly embedded: Pick<AutoEngineOptions, 'embedded' | 'standings' | 'onDifference'> | undefined;
  /** Bundles that count as missing, whichever release decides. */
  readonly withheld: () => ReadonlySet<string>;
  readonly logger: Logger;
}

/** For what is only recorded, in milliseconds: nobody waits longer for it, however long decisions may take. */
const WATCH_DEADLINE_MS = 100;
/** How long OPA is held while there is nothing new, in seconds: a lane has one bundle in its life. */
const HELD_SECONDS = 60;
/** A spare OPA mostly lives for one comparison: less work for more memory. */
const SPARE_GARBAGE_PERCENT = 400;
/** A spare OPA that has no bundle by then is not going to have one. */
const READY_MS = 20_000;

/**
 * Opens the lane; resolves once its OPA has the release. @throws Failure where OPA cannot start or does not get it; the
 * signal’s reason on abort.
 */
export async function openLane(release: Release, options: LaneOptions, signal: AbortSignal): Promise<Lane> {
  await using opened = new AsyncDisposableStack();
  const { logger, bundleUrl: url, bundleToken: token, opa } = options;
  const source = { url, token, polling: { kind: 'long', seconds: HELD_SECONDS } } as const;
  const process_ = {
    executable: opa,
    searchPath: process.env.PATH ?? '',
    source,
    garbagePercent: SPARE_GARBAGE_PERCENT,
    // Where the embedded engine alone decides, it is compared with this one, and no call waits for that.
    givesWay: options.configuration.engine.kind === 'embedded',
  };
  const spare = opened.use(
    await openSidecar({
      opa: { kind: 'managed', process: process_ },
      onLog: (line) =>
        logger.warn({ opa: line, policy_version: release.policyVersion }, 'The spare OPA says'),
    }),
  );
  await readyOr(spare, signal);
  const releases: Releases = {
    current: () => release,
    accepts: (revision) => (revision === release.policyVersion ? release : undefined),
    withheld: options.withheld,
  };
  const engine = engineOf(spare, releases, options);
  const { deadline_ms: deadlineMs } = options.configuration.engine;
  const told = undecidedLog(logger.child({ policy_version: release.policyVersion }), () => performance.now());
  const decider = createDecide({ engine, releases, deadlineMs, onUndecided: (event) => told.observe(event) });
  const watcher = createDecide({
    engine,
    releases,
    deadlineMs: Math.min(deadlineMs, WATCH_DEADLINE_MS),
    verifiesAlternatives: false,
    onUndecided: () => {}, // It stands on the record of the call.
  });
  const kept = opened.move();
  return { release, releases, decider, watcher, spare, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** @throws Failure `policy_unavailable` with why OPA is not ready in time; the signal’s reason on abort. */
async function readyOr(spare: Sidecar, signal: AbortSignal): Promise<void> {
  try {
    await spare.whenReady(AbortSignal.any([signal, AbortSignal.timeout(READY_MS)]));
  } catch (cause) {
    signal.throwIfAborted();
    const problem = `The spare OPA did not take the release within ${READY_MS} ms: ${spare.status().detail}`;
    throw new Failure('policy_unavailable', problem, { cause });
  }
}

function engineOf(spare: Sidecar, releases: Releases, { configuration, embedded }: LaneOptions): Engine {
  if (embedded === undefined) return spare;
  const { kind, url, shadow, deadline_ms } = configuration.engine;
  return new AutoEngine({
    ...embedded,
    reference: spare,
    releases,
    // Where OPA runs elsewhere, the spare one here is there to be measured by only.
    fallsBack: kind === 'auto' && url === undefined,
    shadow,
    chance: Math.random,
    shadowDeadlineMs: deadline_ms,
  });
}
