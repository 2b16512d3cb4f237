/** The composition root: the only file that knows everything. Resources are opened in order and closed in reverse. */
import { randomBytes } from 'node:crypto';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { type Configuration, Failure, type Release } from '@bailiff/contract';
import { type Logger, pino } from 'pino';
import manifest from '../package.json' with { type: 'json' };
import { Activity } from './composition/activity.ts';
import { BUNDLE_PATH, isBundleTarget } from './composition/bundle-route.ts';
import { bundleGauges, openDelivery } from './composition/delivery/open-delivery.ts';
import { type Edges, edgesOf, hostsOf, readinessOf, UNTIL_READY } from './composition/edges.ts';
import { type OpenedEngine, openEngine } from './composition/engine/open-engine.ts';
import { identityOf } from './composition/identity.ts';
import { credentialsOf, followingUpstreams, metricsOf, overrideAlertsOf } from './composition/outside.ts';
import type { Parts } from './composition/parts.ts';
import { type LoadedConfiguration, located } from './config.ts';
import { createContextOf } from './context/context-of.ts';
import { createConversations } from './context/conversations.ts';
import type { Engine } from './decision/engine.ts';
import { type ActiveRelease, createActiveRelease } from './distribution/active-release.ts';
import type { BuiltRelease } from './distribution/build-release.ts';
import { usableOpaVersion } from './distribution/opa-version.ts';
import { planTests } from './distribution/planned-tests.ts';
import { listen, listenLocally } from './listener.ts';
import type { LogStatus } from './record/log.ts';
import { createRecorder, type Recorder } from './record/open-record.ts';
import { makeDataFolder } from './stores/data-folder.ts';
import { localSocketPath, makeSocketFolder } from './stores/local-socket.ts';
import { secretFile } from './stores/secret-file.ts';
import { openSqliteLog } from './stores/sqlite/log/decision-log.ts';
import { openSqliteReader } from './stores/sqlite/reader/decision-reader.ts';

/** A gateway that runs. Disposing of it stops everything it started and leaves nothing behind. */
export interface Gateway extends AsyncDisposable {
  /** Where it listens, as `http://127.0.0.1:7070`. */
  readonly url: string;
  policyVersion(): string;
  /** Resolves once decisions can be made and recorded. @throws the signal’s reason when that comes first. */
  whenReady(signal: AbortSignal): Promise<void>;
  /** Resolves once no request was under way, and no process connected to the local socket, for so long. Asked once. */
  whenIdle(idleMs: number): Promise<void>;
}

export interface GatewayOptions {
  /** Path of `opa`, used where the configuration names none. */
  readonly opa: string;
  /** Another engine than the sidecar, for measuring what is not OPA’s. */
  readonly openEngine?: (releases: ActiveRelease) => Engine;
  readonly logLevel?: 'silent' | 'error' | 'warn' | 'info' | 'debug';
}

const READY_POLL_MS = 20;

/**
 * Starts the gateway: record, listener, engine and servers, then the release that lets it decide. It is ready when
 * `whenReady` says so.
 * @throws Failure, for people, when the configuration, the policy or the record cannot be used.
 */
export async function openGateway(loaded: LoadedConfiguration, options: GatewayOptions): Promise<Gateway> {
  try {
    return await open(loaded, options);
  } catch (thrown) {
    throw thrown instanceof Failure ? await located(thrown, loaded.file) : thrown;
  }
}

async function open(loaded: LoadedConfiguration, options: GatewayOptions): Promise<Gateway> {
  const { configuration } = loaded;
  await using opened = new AsyncDisposableStack();
  const level = options.logLevel ?? 'info';
  const logger = pino({ level, base: null }, pino.destination({ fd: 2, sync: true }));
  const clock = () => Date.now();
  const stopping = new AbortController();
  // Before anything is opened: it refuses keys and issuers that nobody should rely on.
  const { authenticate, subjectTokenOf } = identityOf(configuration, { clock, signal: stopping.signal });
  await refuseMissingPolicy(configuration.policy.directory);
  await makeDataFolder(configuration.data_dir);
  const opa = configuration.engine.opa ?? options.opa;

  const { log, reader } = await openStore(configuration, opened, logger);

  // The bundle endpoint must answer before the engine is ready, and nothing else may before there is an engine.
  let edges: Edges = UNTIL_READY;
  const following: Edges = {
    handle: (request, response) => edges.handle(request, response),
    refused: (failure) => edges.refused(failure),
  };
  const { listener, activity } = await openListeners(configuration, following, opened);
  opened.defer(() => stopping.abort(new Failure('not_ready', 'The gateway is stopping.')));

  const releases = createActiveRelease({ clock });
  const bundleToken = randomBytes(32).toString('base64url');
  const bundleUrl = `${listener.url}${BUNDLE_PATH}`;
  const made = options.openEngine?.(releases);
  const evaluated =
    made === undefined
      ? await openEngine(configuration, { opa, bundleUrl, bundleToken, logger, releases, clock })
      : onlyEngine(made);
  const { engine, lanes, engineBy } = evaluated;
  opened.use(engine);
  if (lanes !== undefined) opened.use(lanes);
  const conversations = createConversations({
    limits: configuration.conversations,
    clock,
    secret: await secretFile(configuration.data_dir, 'conversation.key'),
  });
  const { byServer: credentials } = opened.use(await credentialsOf(configuration, { logger, clock }));
  const bundles = () => bundleGauges(delivered.delivery);
  const metrics = metricsOf(configuration, { engine, log, conversations, bundles });
  const context = createContextOf({ configuration, releases, conversations, clock });
  const versions = [manifest.version, await usableOpaVersion({ opa, cwd: '.', signal: stopping.signal })];
  const outside = { logger, clock, releases, metrics, log, reader };
  const engines = evaluated.gateOf({ context, versions });
  const delivered = await openDelivery(loaded, { ...outside, opa, engines, context, versions });
  opened.use(delivered);
  const parts: Parts = {
    ...outside,
    configuration,
    engine,
    ...(lanes && { lanes }),
    ...(engineBy && { engineBy }),
    rollout: delivered.rollout,
    delivery: delivered.delivery,
    bundleToken,
    upstreams: opened.use(followingUpstreams(configuration, { ...outside, credentials, subjectTokenOf })),
    context,
    recorder: await recorderOf(configuration, { log, clock }),
    authenticate,
    hosts: hostsOf(configuration, listener.port),
  };
  edges = edgesOf(parts, opened);
  opened.use(overrideAlertsOf({ releases, clock, logger }));
  const testsOf = (release: Release, signal: AbortSignal) =>
    testsIn(delivered.builtOf(release), { opa, signal });
  opened.use(evaluated.follow?.({ ...parts, versions, testsOf }));
  await delivered.delivery.open();
  const kept = opened.move();
  return {
    url: listener.url,
    policyVersion: () => releases.current()?.policyVersion ?? '',
    async whenReady(signal) {
      while (readinessOf(parts).some(({ ready, spare }) => !ready && spare !== true))
        await delay(READY_POLL_MS, undefined, { signal });
    },
    whenIdle: (idleMs) => activity.whenIdle(idleMs),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** The address that everybody reaches, and the socket of this user’s own processes; and who uses them. */
async function openListeners(
  { listen: { host, port }, data_dir }: Configuration,
  { handle, refused }: Edges,
  opened: AsyncDisposableStack,
) {
  const activity = new Activity();
  const watched: Edges['handle'] = (request, response) => {
    if (activity.isWatched && !isBundleTarget(request.url ?? '/')) activity.track(response); // OPA’s question is no use of it
    handle(request, response);
  };
  const listener = opened.use(await listen({ host, port, handle: watched, refused }));
  const path = localSocketPath(data_dir);
  opened.use(await makeSocketFolder(path));
  const connected = (connection: Duplex) => activity.track(connection);
  opened.use(await listenLocally({ path, url: listener.url, handle, refused, connected }));
  return { listener, activity };
}

async function recorderOf(
  { data_dir, record }: Configuration,
  { log, clock }: Pick<Parts, 'log' | 'clock'>,
): Promise<Recorder> {
  const maskKey = await secretFile(data_dir, 'mask.key');
  return createRecorder({ log, clock, mode: record.mode, version: manifest.version, maskKey });
}

/** The tests of a release that was built here; one that was taken from disk was tried when it was built. */
async function testsIn(
  built: BuiltRelease | undefined,
  options: Parameters<typeof planTests>[1],
): ReturnType<typeof planTests> {
  return built && planTests(built, options);
}

/** An engine that is measured: nothing else is tried in it, and there is one release ever. */
function onlyEngine(
  engine: Engine,
): Omit<OpenedEngine, 'lanes' | 'engineBy'> & Pick<Parts, 'lanes' | 'engineBy'> {
  const detail = 'There is one engine only.';
  const decideAll = async (_release: Release, inputTexts: readonly string[]) =>
    inputTexts.map(() => ({ kind: 'failed', detail }) as const);
  return {
    engine,
    follow: undefined,
    gateOf: () => ({
      judge: async () => ({ outcome: 'skipped', detail }),
      decideAll,
      decideAhead: decideAll,
      openLane: () => Promise.reject(new Failure('policy_unavailable', detail)),
    }),
  };
}

async function refuseMissingPolicy(directory: string): Promise<void> {
  try {
    await access(join(directory, 'release.yaml'));
  } catch (cause) {
    const problem = `There is no release.yaml in ${directory}. Name the folder that holds one.`;
    throw new Failure('configuration_invalid', `policy.directory: ${problem}`, { cause });
  }
}

async function openStore({ data_dir, record }: Configuration, opened: AsyncDisposableStack, logger: Logger) {
  const file = join(data_dir, 'decisions.db');
  const onStatus = ({ writable, detail }: LogStatus) => {
    if (writable) logger.info(`The record can be written again.`);
    else logger.error(`The record cannot be written, so every call is refused. ${detail}`);
  };
  const log = opened.use(await openSqliteLog({ file, ...record, onStatus }));
  const reader = opened.use(await openSqliteReader({ file, catchUp: () => log.catchUp() }));
  return { log, reader };
}
