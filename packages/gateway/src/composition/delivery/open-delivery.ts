import { hash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Release } from '@bailiff/contract';
import type { Logger } from 'pino';
import { releaseServerProblems, unregisteredServers } from '../../commands/configured-servers.ts';
import type { LoadedConfiguration } from '../../config.ts';
import type { ContextStage } from '../../context/context-of.ts';
import type { ActiveRelease } from '../../distribution/active-release.ts';
import type { BuiltRelease } from '../../distribution/build-release.ts';
import { Delivery, type DeliveryEvent } from '../../distribution/delivery/delivery.ts';
import { TOLD_MAX } from '../../distribution/finding.ts';
import { shippedLibrary } from '../../distribution/library/shipped-rules.ts';
import { FILE_BYTES_MAX, SourceFolder } from '../../distribution/sources/folder.ts';
import type { BundleGauge } from '../../insight/bundle-metrics.ts';
import type { Metrics } from '../../insight/metrics.ts';
import type { DecisionLog } from '../../record/log.ts';
import type { DecisionReader } from '../../record/reader.ts';
import { Watcher } from '../../stores/bundle-sources/folder/watcher.ts';
import { openFetcher } from '../../stores/bundle-sources/open-fetcher.ts';
import { LAST_GOOD_FOLDER, LastGoodBundles } from '../../stores/last-good-bundles.ts';
import { ReleaseFiles } from '../../stores/release-files.ts';
import type { TrialEngines } from '../engine/open-engine.ts';
import { trialsOf } from '../engine/trials.ts';
import { openRollout } from '../rollout/open-rollout.ts';

interface DeliveryParts {
  readonly opa: string;
  readonly releases: ActiveRelease;
  readonly engines: TrialEngines;
  readonly context: ContextStage;
  readonly log: DecisionLog;
  readonly reader: DecisionReader;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly clock: () => number;
  /** Of this gateway and of OPA. */
  readonly versions: readonly string[];
}

/** The delivery of policy, what was built, and the ladder. Disposed of before the engines. */
export interface OpenedDelivery extends AsyncDisposable {
  readonly delivery: Delivery;
  readonly rollout: ReturnType<typeof openRollout>;
  /** What a release was built of; undefined for one that was taken from disk. */
  builtOf(release: Release): BuiltRelease | undefined;
}

const POLICIES = fileURLToPath(new URL('../../../../../policies', import.meta.url));
const KERNEL = { tree: new SourceFolder(POLICIES), path: 'kernel' };

/** Folders are looked at so often, whatever is told of them: a bundle may lie elsewhere, where nothing is watched. */
const LOOK_EVERY_MS = 30_000;
/** Made-up inputs that the laws are tried with. */
const LAW_SAMPLES = 12;

/** Makes ready to deliver policy; `delivery.open` brings the first release into force. */
export async function openDelivery(
  loaded: LoadedConfiguration,
  parts: DeliveryParts,
): Promise<OpenedDelivery> {
  const { configuration } = loaded;
  const { opa, releases, engines, log, metrics, logger, clock } = parts;
  const { directory } = configuration.policy;
  const stopping = new AbortController();
  const built = new WeakMap<Release, BuiltRelease>();
  const rollout = openRollout({
    ...parts,
    async activate(release) {
      await log.rememberRelease(release, stopping.signal);
      releases.activate(release);
      metrics.observeRelease(release);
    },
    onRestoreWanted: (previous, reason) => {
      delivery.restore(previous, reason).catch((err: unknown) => {
        logger.error({ err }, 'The release before could not be restored.');
      });
    },
    onStopped: (_release, { reason, cause }) => {
      if (cause === 'errors') delivery.stopTrial({ by: 'gateway', reason }).catch(() => undefined); // it is over either way
    },
  });
  const delivery = new Delivery({
    directory,
    opa,
    kernel: KERNEL,
    madeWith: await madeWith(parts.versions),
    store: new ReleaseFiles(configuration.data_dir),
    lastGood: new LastGoodBundles(`${configuration.data_dir}/${LAST_GOOD_FOLDER}`),
    openFetcher: (name, origin) =>
      openFetcher(origin, {
        name,
        directory,
        dataDirectory: configuration.data_dir,
        environment: process.env,
      }),
    engine: engines,
    serverProblems: (servers) => releaseServerProblems(servers, configuration, process.env),
    enginesMustAgree: configuration.engine.kind === 'embedded',
    inputsFor: async (candidate) => {
      built.set(candidate.release, candidate);
      return inputsOf(candidate.release, parts.context);
    },
    rollout,
    current: () => releases.current(),
    onMissing: (names) => releases.withhold(names),
    onEvent: (event) => tell(event, { loaded, logger, metrics, built }),
    onTrouble: (detail) => logger.warn(detail),
    watch: (onChange) => watched(directory, onChange),
    clock,
    random: Math.random,
    monotonicMs: () => performance.now(),
  });
  return {
    delivery,
    rollout,
    builtOf: (release) => built.get(release),
    async [Symbol.asyncDispose]() {
      stopping.abort(new Error('The gateway is stopping.'));
      await delivery[Symbol.asyncDispose]();
      await rollout[Symbol.asyncDispose]();
    },
  };
}

/** How the bundles stand, for metrics. */
export function bundleGauges(delivery: Delivery): BundleGauge[] {
  return delivery.status().bundles.map(({ name, pull, held }) => ({
    name,
    ageSeconds: pull?.age_seconds ?? null,
    held: held !== null,
  }));
}

/** What the same sources have to be composed with to be the same release. */
async function madeWith(versions: readonly string[]): Promise<string> {
  const listed = await KERNEL.tree.list(KERNEL.path);
  const files = listed?.kind === 'read' ? listed.value : [];
  const kernel = new Map<string, string>();
  for (const file of files) {
    const bytes = await KERNEL.tree.bytes(`${KERNEL.path}/${file}`, FILE_BYTES_MAX);
    if (bytes.kind === 'read') kernel.set(file, hash('sha256', bytes.value));
  }
  return hash('sha256', JSON.stringify([versions, [...kernel].sort(), [...(await shippedLibrary())].sort()]));
}

async function inputsOf(release: Release, context: ContextStage): Promise<string[]> {
  const inputs: string[] = [];
  for await (const { entrypoint, inputText } of trialsOf(release, {
    context,
    recent: [],
    samplesMax: LAW_SAMPLES,
  })) {
    if (entrypoint !== 'bailiff/visible') inputs.push(inputText);
    await nextTurn(); // Calls are decided meanwhile.
  }
  return inputs;
}

function watched(directory: string, onChange: () => void): AsyncDisposable {
  const stopped = new AbortController();
  const watcher = new Watcher(directory, { recursive: true, concerns: () => true });
  const timer = setInterval(onChange, LOOK_EVERY_MS).unref();
  const follow = async () => {
    for (;;) {
      watcher.settle();
      await watcher.changed(stopped.signal);
      onChange();
    }
  };
  const following = follow().catch(() => undefined); // it was stopped
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      stopped.abort(new Error('The gateway is stopping.'));
      await following;
      watcher[Symbol.dispose]();
    },
  };
}

interface Told {
  readonly loaded: LoadedConfiguration;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly built: WeakMap<Release, BuiltRelease>;
}

/** Checks that a bundle passed, and that people hold it back by. */
const MEANT: ReadonlySet<string> = new Set(['withdrawn', 'waiting']);

function tell(event: DeliveryEvent, { loaded, logger, metrics, built }: Told): void {
  switch (event.kind) {
    case 'activated': {
      const { activation, built: composed } = event;
      metrics.observeActivation(activation.kind);
      logger.info(activation, 'A release decides.');
      if (composed === undefined) return;
      built.set(composed.release, composed);
      for (const alarm of composed.alarms) logger.warn(alarm, 'an override was dropped');
      for (const warning of composed.warnings)
        logger.warn(warning, 'policy that may not say what its owner means');
      void warnOfUnregistered(loaded, composed.release, logger);
      return;
    }
    case 'on_trial':
      logger.info(event, 'A release is on trial.');
      return;
    case 'held': {
      const { part: bundle, held } = event;
      metrics.observeHeldBack(held.check);
      const told = { bundle, ...held, findings: held.findings.slice(0, TOLD_MAX) };
      if (MEANT.has(held.check)) logger.info(told, 'What a bundle has now is not in force.');
      else logger.error(told, 'A bundle is left as it was last good.');
      return;
    }
    case 'refused':
      metrics.observeHeldBack('policy_folder');
      logger.error({ detail: event.detail }, 'The policy folder cannot be used; what was in force stays.');
  }
}

async function warnOfUnregistered(
  loaded: LoadedConfiguration,
  release: Release,
  logger: Logger,
): Promise<void> {
  for (const unregistered of await unregisteredServers(loaded, release))
    logger.warn(unregistered, 'every call to a configured server is refused');
}
