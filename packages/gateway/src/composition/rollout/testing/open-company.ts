import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Call, Configuration, type Governed, type Release, type ServerReply } from '@bailiff/contract';
import { type Logger, pino } from 'pino';
import { expect, vi } from 'vitest';
import { createContextOf } from '../../../context/context-of.ts';
import { createConversations } from '../../../context/conversations.ts';
import { opaExecutable } from '../../../decision/testing/opa.ts';
import { newDecisionId } from '../../../decision-id.ts';
import { type ActiveRelease, createActiveRelease } from '../../../distribution/active-release.ts';
import type { Rollout, RolloutOptions } from '../../../distribution/rollout/rollout.ts';
import { govern } from '../../../govern.ts';
import { Metrics } from '../../../insight/metrics.ts';
import { createRecorder } from '../../../record/open-record.ts';
import type { DecisionReader } from '../../../record/reader.ts';
import { openSqliteLog } from '../../../stores/sqlite/log/decision-log.ts';
import { openSqliteReader } from '../../../stores/sqlite/reader/decision-reader.ts';
import { BUNDLE_PATH, bundleOf } from '../../bundle-route.ts';
import type { Lanes } from '../../engine/lanes.ts';
import { openEngine, type TrialEngines } from '../../engine/open-engine.ts';
import type { Parts } from '../../parts.ts';
import { type CallStages, stagesOf } from '../../stages.ts';
import { openRollout } from '../open-rollout.ts';

const TOKEN = 'a-token-for-tests';
const PATIENCE_MS = 30_000;
const LIMITS = { buffer_ms: 10, queue_max: 10_000, write_timeout_ms: 10_000 };

/** A gateway’s engines, record and stages without its edges, as they are composed for calls. */
export interface Company extends AsyncDisposable {
  readonly releases: ActiveRelease;
  readonly engines: TrialEngines;
  readonly engine: Parts['engine'];
  readonly lanes: Lanes;
  readonly rollout: Rollout;
  readonly reader: DecisionReader;
  readonly stages: CallStages;
  readonly metrics: Metrics;
  readonly stopped: { readonly version: string; readonly cause: string }[];
  readonly restores: string[];
  call(agentId: string, args?: Call['args']): Promise<Governed<ServerReply>>;
  list(agentId: string): ReturnType<CallStages['governList']>;
  /** What is on record of the latest calls, newest first. */
  recorded(limit?: number): Promise<Recorded[]>;
  /** Resolves once the engine decides by the active release. */
  follows(): Promise<void>;
}

type Recorded = Extract<Awaited<ReturnType<DecisionReader['find']>>[number]['entry'], { kind: 'decision' }>;

export interface CompanyOptions {
  readonly engine?: Partial<Configuration['engine']>;
  readonly activate?: RolloutOptions['activate'];
  readonly clock?: () => number;
}

/** Opens it with a release that is active, and resolves once that decides. */
export async function openCompany(first: Release, options: CompanyOptions = {}): Promise<Company> {
  const { clock = Date.now } = options;
  await using opened = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'rollout-'));
  opened.defer(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, 'decisions.db');
  const log = opened.use(await openSqliteLog({ file, ...LIMITS }));
  const reader = opened.use(await openSqliteReader({ file, catchUp: () => log.catchUp() }));
  const logger: Logger = pino({ level: process.env.BAILIFF_TEST_LOG ?? 'silent' });
  const releases = createActiveRelease({ clock });
  const configuration = Configuration.parse({
    policy: { directory },
    data_dir: directory,
    engine: { opa: opaExecutable(), deadline_ms: 5_000, shadow: 0, ...options.engine },
  });
  const routes = await serveBundles(opened);
  const engineOptions = { opa: opaExecutable(), bundleUrl: routes.url, bundleToken: TOKEN };
  const made = await openEngine(configuration, { ...engineOptions, logger, releases, clock });
  opened.use(made.engine);
  opened.use(made.lanes);
  const secret = new Uint8Array(32);
  const conversations = createConversations({ limits: configuration.conversations, clock, secret });
  const context = createContextOf({ configuration, releases, conversations, clock });
  const metrics = metricsFor(made.engine);
  const facts = { context, versions: ['1'], reader, metrics, testsOf: async () => undefined };
  const engines = made.gateOf(facts);
  if (made.follow !== undefined) opened.use(made.follow(facts));
  const stopped: Company['stopped'][number][] = [];
  const restores: string[] = [];
  const rollout = opened.use(
    openRollout({
      ...{ releases, engines, reader, metrics, logger, clock },
      activate: options.activate ?? (async (release) => releases.activate(release)),
      onRestoreWanted: ({ policyVersion }) => void restores.push(policyVersion),
      onStopped: ({ policyVersion: version }, { cause }) => void stopped.push({ version, cause }),
    }),
  );
  const parts = {
    ...{ configuration, clock, logger, log, reader, releases, metrics, context, rollout },
    engine: made.engine,
    lanes: made.lanes,
    engineBy: made.engineBy,
    bundleToken: TOKEN,
    upstreams: { byName: new Map() },
    recorder: createRecorder({ log, clock, mode: 'strict', version: '0', maskKey: secret }),
    authenticate: async () => Promise.reject(new Error('Nobody is known here.')),
    hosts: [],
  } as unknown as Parts;
  routes.serve(parts);
  const stages = stagesOf(parts);
  releases.activate(first);
  const follows = () =>
    vi.waitFor(
      () =>
        expect(made.engine.status()).toMatchObject({
          ready: true,
          revision: releases.current()?.policyVersion,
        }),
      { timeout: PATIENCE_MS, interval: 20 },
    ) as unknown as Promise<void>;
  await follows();
  const kept = opened.move();
  return {
    ...{ releases, engines, rollout, reader, stages, metrics, stopped, restores, follows },
    engine: made.engine,
    lanes: made.lanes,
    call: (agentId, args = { rows: 20 }) =>
      govern(callOf(agentId, args), stages.stages, AbortSignal.timeout(PATIENCE_MS)),
    list: (agentId) => {
      const { bytes: _bytes, given: _given, args: _args, ...rest } = callOf(agentId, {});
      const candidates = [{ target: rest.target, tool_name: 'read' }];
      return stages.governList({ ...rest, candidates }, AbortSignal.timeout(PATIENCE_MS));
    },
    async recorded(limit = 100) {
      const { signal } = new AbortController();
      const { decisions } = await reader.page({}, { limit }, signal);
      const found = await Promise.all(decisions.map(({ decisionId }) => reader.find(decisionId, signal)));
      return found.flat().flatMap(({ entry }) => (entry.kind === 'decision' ? [entry] : []));
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** The route that OPA fetches its bundles from; 503 until there are parts to serve. */
async function serveBundles(opened: AsyncDisposableStack) {
  let handle: ReturnType<typeof bundleOf> | undefined;
  const server = createServer((request, response) => {
    if (handle === undefined) response.writeHead(503).end();
    else void handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.defer(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  const edge = { hosts: () => [], origins: () => [], recordRefusal: async () => {} };
  return {
    url: `http://127.0.0.1:${port}${BUNDLE_PATH}`,
    serve: (parts: Parts) => {
      handle = bundleOf(parts, edge);
    },
  };
}

function metricsFor(engine: Parts['engine']): Metrics {
  return new Metrics({
    servers: [],
    probes: {
      engineReady: () => engine.status().ready,
      opaReady: () => true,
      storeWritable: () => true,
      conversations: () => 0,
    },
    processMetrics: false,
  });
}

function callOf(agentId: string, args: Call['args']): Call {
  const decisionId = newDecisionId(Date.now());
  return {
    decisionId,
    principal: {
      ...{ agentId, agentVersion: '1.0.0', chain: [], userId: '', authMethod: 'jwt' },
      ...{ credentialId: 't', issuer: 'tests', permissions: new Set(), conversation: decisionId },
    } as Call['principal'],
    type: 'tool_call',
    target: { kind: 'tool', id: 'crm.read' },
    server: 'crm',
    toolName: 'read',
    model: '',
    subagent: '',
    args,
    session: {
      ...{ protocol: 'decision-api', transport: 'http', client_name: '', client_version: '' },
      auth_method: 'jwt',
    },
    conversationKey: '',
    bytes: undefined,
    given: undefined,
  };
}
