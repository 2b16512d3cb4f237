import { fileURLToPath } from 'node:url';
import {
  type Answer,
  type Call,
  type CallContext,
  type Configuration,
  type Release,
  ServerConfiguration,
  type ToolPins,
} from '@bailiff/contract';
import { CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ActiveRelease, createActiveRelease } from '../../distribution/active-release.ts';
import { launchOf } from '../../distribution/composition/launches.ts';
import { candidateOf } from '../../distribution/rollout/candidate.ts';
import { createEnforce } from '../../enforcement/enforce.ts';
import { until } from '../../enforcement/testing/until.ts';
import { digestOfTool } from '../../enforcement/upstream/pins/tool-definition.ts';
import { HARMLESS, startChangingHttpServer } from '../../enforcement/upstream/testing/changing-server.ts';
import { Metrics } from '../../insight/metrics.ts';
import { allow } from '../../protocol/mcp/testing/answers.ts';
import { startTestGateway } from '../../protocol/mcp/testing/test-gateway.ts';
import { followingUpstreams } from '../outside.ts';
import { approvedToolsBy, unlessQuarantined } from './quarantine.ts';
import { isServedAsDecided } from './served-as-decided.ts';

const STDIO = fileURLToPath(
  new URL('../../enforcement/upstream/testing/changing-stdio-server.ts', import.meta.url),
);
const NEVER = new AbortController().signal;

let opened: AsyncDisposableStack;
beforeEach(() => {
  opened = new AsyncDisposableStack();
});
afterEach(() => opened.disposeAsync());

const stdio = (...args: string[]) =>
  ServerConfiguration.parse({ transport: 'stdio', command: 'node', args: [STDIO, ...args] });
const http = (url: string) => ServerConfiguration.parse({ transport: 'http', url });

interface ReleaseParts {
  readonly servers?: Readonly<Record<string, ServerConfiguration>>;
  readonly pins?: ToolPins;
}

/** As much of a release as servers and pins are. */
function releaseOf(version: string, { servers = {}, pins = {} }: ReleaseParts): Release {
  const launches = Object.fromEntries(
    Object.entries(servers).map(([name, settings]) => [name, launchOf(settings)]),
  );
  const data = { tool_pins: pins, launches };
  const directory = { agents: {}, users: {} };
  return { policyVersion: version, digest: version, data, directory, servers } as unknown as Release;
}

/** A gateway whose policy allows everything, with real servers; releases are activated by hand. */
async function openServed(configured: Readonly<Record<string, ServerConfiguration>> = {}) {
  const lines: { msg: string; server?: string }[] = [];
  const logger = pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const releases: ActiveRelease = createActiveRelease({ clock: () => 1_000 });
  releases.activate(releaseOf('0', {}));
  const configuration = {
    servers: configured,
    limits: { result_bytes: 1_000_000, sessions: 100, upstream_timeout_ms: 20_000 },
    data_dir: process.cwd(),
    policy: { directory: process.cwd() },
  } as unknown as Configuration; // as much as servers need
  const probes = {
    engineReady: () => true,
    opaReady: () => true,
    storeWritable: () => true,
    conversations: () => 0,
  };
  const metrics = new Metrics({ servers: Object.keys(configured), probes, processMetrics: false });
  const ports = { logger, clock: () => 1_000, releases, metrics };
  const upstreams = opened.use(
    followingUpstreams(configuration, { ...ports, credentials: undefined, subjectTokenOf: undefined }),
  );
  const enforce = createEnforce({
    upstreams: upstreams.byName,
    upstreamTimeoutMs: 20_000,
    regionOf: () => 'x',
    approvedTools: ({ metadata }, server) => approvedToolsBy(metadata.policy_version, server, releases),
    isServedAsDecided: ({ metadata }, server) =>
      isServedAsDecided(metadata.policy_version, server, { configuration, releases }),
    notify: async () => undefined,
  });
  const decided: Answer[] = [];
  const gateway = opened.use(
    await startTestGateway({
      servers: upstreams.byName,
      enforce,
      release: () => releases.current()?.digest ?? '',
      async decide(call: Call, signal) {
        const allowed = allow(call.decisionId);
        const policy_version = releases.releaseFor(call.principal.agentId)?.policyVersion ?? '';
        const answer = { ...allowed, metadata: { ...allowed.metadata, policy_version } } as Answer;
        const decision = { answer, engine: 'none', releaseDigest: '', decisionMs: 0 } as const;
        const described = { call } as CallContext;
        const ended = await unlessQuarantined(decision, described, {
          upstreams: upstreams.byName,
          releases,
          signal,
        });
        decided.push(ended.answer);
        return ended.answer;
      },
    }),
  );
  return { gateway, upstreams, releases, lines, metrics, decided };
}

type Client = Awaited<ReturnType<Awaited<ReturnType<typeof startTestGateway>>['client']>>;

/** What a tool answered: its text, and whether it is a refusal. */
async function call(client: Client, name: string) {
  const result = CallToolResultSchema.parse(await client.callTool({ name, arguments: {} }));
  const [first] = result.content;
  return { text: first?.type === 'text' ? first.text : '', isError: result.isError === true };
}

async function pinsOf(upstreams: Awaited<ReturnType<typeof openServed>>['upstreams'], server: string) {
  const tools = await upstreams.byName.get(server)?.list('tools', NEVER);
  return Object.fromEntries((tools ?? []).map((tool) => [tool.id, digestOfTool(tool) ?? '']));
}

describe('a pinned server', () => {
  test('over stdio that announces another definition of its tool is not called by it again', async () => {
    const served = await openServed({ weather: stdio('1', '3') });
    const pins = { weather: await pinsOf(served.upstreams, 'weather') };
    served.releases.activate(releaseOf('1', { pins }));
    const client = await served.gateway.client('weather');
    const answers = [];
    for (let round = 0; round < 8; round += 1) answers.push(await call(client, 'forecast'));
    expect(answers.filter(({ isError }) => !isError).map(({ text }) => text)).toStrictEqual(
      [1, 2, 3].map((count) => `${HARMLESS} ${count}`),
    );
    expect(answers.at(-1)?.text).toContain('tool_quarantined');
    expect((await client.listTools()).tools.map(({ name }) => name)).toStrictEqual(['version', 'slow']);
    expect((await call(client, 'version')).text, 'its other tools can be called').toBe('1');
    expect(served.lines.some(({ msg }) => msg.startsWith('The tool forecast is quarantined'))).toBe(true);
  });

  test('is called again by what it lists once a release approves that', async () => {
    const served = await openServed({ weather: stdio('1', '0') });
    const pins = { weather: { ...(await pinsOf(served.upstreams, 'weather')), forecast: 'a'.repeat(64) } };
    served.releases.activate(releaseOf('1', { pins }));
    expect((await call(await served.gateway.client('weather'), 'forecast')).isError).toBe(true);
    served.releases.activate(releaseOf('2', {}));
    served.releases.activate(
      releaseOf('3', { pins: { weather: await pinsOf(served.upstreams, 'weather') } }),
    );
    expect((await call(await served.gateway.client('weather'), 'forecast')).isError).toBe(false);
  });

  test('over HTTP that says nothing of its change is found out within a second of calls', async () => {
    const server = opened.use(
      await startChangingHttpServer({ version: '1', changesAfter: 2, announces: false }),
    );
    const served = await openServed({ weather: http(server.url) });
    const pins = { weather: await pinsOf(served.upstreams, 'weather') };
    served.releases.activate(releaseOf('1', { pins }));
    const client = await served.gateway.client('weather');
    const begunMs = performance.now();
    let refusedMs = 0;
    await until(async () => {
      const { isError } = await call(client, 'forecast');
      refusedMs = performance.now() - begunMs;
      return isError;
    });
    expect(refusedMs).toBeLessThan(3_000);
    const { calls } = server.state;
    for (let round = 0; round < 20; round += 1) expect((await call(client, 'forecast')).isError).toBe(true);
    expect(server.state.calls, 'nothing more reached it').toBe(calls);
    const seconds = Math.ceil((performance.now() - begunMs) / 1_000);
    expect(server.listed, 'it is asked for its list no more than once a second').toBeLessThanOrEqual(
      seconds + 2,
    );
  });

  test('of which a tool is new is called by the others alone, and one without pins by all', async () => {
    const served = await openServed({ weather: stdio('1') });
    const { forecast = '' } = await pinsOf(served.upstreams, 'weather');
    served.releases.activate(releaseOf('1', { pins: { weather: { forecast } } }));
    const client = await served.gateway.client('weather');
    expect((await client.listTools()).tools.map(({ name }) => name)).toStrictEqual(['forecast']);
    expect(await call(client, 'version')).toMatchObject({ isError: true });
    expect(served.decided.at(-1)).toMatchObject({
      reasons: ['tool_quarantined'],
      metadata: { failures: [{ kind: 'tool_quarantined', subject: 'weather.version: new' }] },
    });
    served.releases.activate(releaseOf('2', {}));
    expect((await (await served.gateway.client('weather')).listTools()).tools).toHaveLength(3);
  });

  test('with a process for each conversation is held to what that process lists', async () => {
    const each = ServerConfiguration.parse({ ...stdio('1', '1'), process: 'conversation' });
    const served = await openServed({ weather: each });
    const pins = { weather: await pinsOf(served.upstreams, 'weather') };
    served.releases.activate(releaseOf('1', { pins }));
    const one = await served.gateway.client('weather');
    expect((await call(one, 'forecast')).isError).toBe(false);
    await until(async () => (await call(one, 'forecast')).isError);
    const other = await served.gateway.client('weather');
    expect((await call(other, 'forecast')).isError, 'another conversation’s process has not changed').toBe(
      false,
    );
  });
});

describe('a server of the release', () => {
  test('that is added while a client is connected is there at once, on its own route and on that of all', async () => {
    const served = await openServed({ first: stdio('first') });
    const all = await served.gateway.client('');
    expect((await all.listTools()).tools.map(({ name }) => name)).toContain('first__version');
    served.releases.activate(releaseOf('1', { servers: { second: stdio('second') } }));
    const client = await served.gateway.client('second');
    expect((await call(client, 'version')).text).toBe('second');
    const again = await served.gateway.client('');
    expect((await again.listTools()).tools.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['first__version', 'second__version']),
    );
    expect((await call(again, 'second__version')).text).toBe('second');
    expect(served.lines).toContainEqual(
      expect.objectContaining({
        server: 'second',
        msg: 'The release has added the server: nothing was running.',
      }),
    );
  });

  test('that is replaced ends the calls under way where they began, and a rollback brings the old one back', async () => {
    const served = await openServed();
    const before = releaseOf('1', { servers: { weather: stdio('1.4.0') } });
    served.releases.activate(before);
    const client = await served.gateway.client('weather');
    expect((await call(client, 'version')).text).toBe('1.4.0');
    const slow = call(client, 'slow');
    await until(() => served.gateway.calls.some(({ toolName }) => toolName === 'slow'));
    const startedMs = performance.now();
    served.releases.activate(releaseOf('2', { servers: { weather: stdio('1.5.0') } }));
    expect(performance.now() - startedMs, 'the switch waits for no restart').toBeLessThan(100);
    expect((await call(await served.gateway.client('weather'), 'version')).text).toBe('1.5.0');
    expect((await slow).text).toBe('slow 1.4.0');
    served.releases.activate(before);
    expect((await call(await served.gateway.client('weather'), 'version')).text).toBe('1.4.0');
    await until(
      () => served.lines.filter(({ msg }) => /replaced the server: ready after/.test(msg)).length === 2,
    );
    const { text } = await served.metrics.expose();
    expect(text).toContain('bailiff_server_switches_total{change="replaced",result="ready"} 2');
    expect(text).toContain('bailiff_server_switch_seconds_count{change="replaced"} 2');
  });

  test('that is as it was keeps its process', async () => {
    const served = await openServed();
    served.releases.activate(releaseOf('1', { servers: { weather: stdio('1', '1') } }));
    await call(await served.gateway.client('weather'), 'forecast');
    served.releases.activate(releaseOf('2', { servers: { weather: stdio('1', '1') } }));
    const client = await served.gateway.client('weather');
    expect((await call(client, 'forecast')).text, 'the second call of one process').toMatch(/ 2$/);
  });

  test('is not called by a release on trial that has it elsewhere, and is by one that has it there', async () => {
    const served = await openServed({ own: stdio('own') });
    const canary = (version: string, args: string) =>
      candidateOf(releaseOf(version, { servers: { weather: stdio(args) } }), 'canary', {
        share: 1,
        teams: [],
      });
    served.releases.activate(releaseOf('1', { servers: { weather: stdio('1') } }));
    const client = await served.gateway.client('weather');
    expect(await call(client, 'version')).toStrictEqual({ text: '1', isError: false });
    served.releases.propose(canary('2', '2'));
    const refused = await client.callTool({ name: 'version', arguments: {} }).catch((thrown) => thrown);
    expect(JSON.stringify({ ...refused, message: refused.message })).toContain('served by other settings');
    expect(await call(await served.gateway.client('own'), 'version'), 'a configured one').toMatchObject({
      text: 'own',
    });
    served.releases.propose(canary('3', '1'));
    expect(await call(client, 'version')).toStrictEqual({ text: '1', isError: false });
  });

  test('is not called where it moves between the decision and the call', async () => {
    const served = await openServed();
    const [before, after] = ['1', '2'].map((version) =>
      releaseOf(version, { servers: { weather: stdio(version) } }),
    ) as [Release, Release];
    const sources = { configuration: { servers: {} }, releases: served.releases };
    served.releases.activate(before);
    expect(isServedAsDecided('1', 'weather', sources)).toBe(true);
    served.releases.activate(after);
    expect(isServedAsDecided('1', 'weather', sources)).toBe(false);
    expect(isServedAsDecided('of long ago', 'weather', sources)).toBe(false);
    expect(isServedAsDecided('of long ago', 'configured alone', sources)).toBe(true);
  });

  test('that is removed ends its sessions with a refusal that says so', async () => {
    const served = await openServed({ first: stdio('first') });
    served.releases.activate(releaseOf('1', { servers: { second: stdio('second') } }));
    const session = await served.gateway.open('second');
    const held = served.upstreams.byName.get('second');
    served.releases.activate(releaseOf('2', {}));
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} };
    const { status, json } = await served.gateway.send('second', { body, session });
    expect(status).toBe(404);
    expect(json.error.message).toBe('There is no such server here, or not any more.');
    await expect(held?.list('tools', NEVER)).rejects.toMatchObject({
      code: 'upstream_unavailable',
      detail: 'The server is not part of the active release any more.',
    });
    const all = await served.gateway.client('');
    expect((await all.listTools()).tools.every(({ name }) => name.startsWith('first__'))).toBe(true);
  });

  test('of which a variable is not set is refused by itself, and the others are there', async () => {
    const served = await openServed();
    const broken = ServerConfiguration.parse({ ...stdio('1'), env: { KEY: { env: 'NOT_SET_ANYWHERE' } } });
    served.releases.activate(releaseOf('1', { servers: { broken, weather: stdio('1') } }));
    await expect(served.gateway.client('broken')).rejects.toThrow();
    expect((await call(await served.gateway.client('weather'), 'version')).text).toBe('1');
    expect(served.lines.some(({ msg }) => msg.includes('NOT_SET_ANYWHERE'))).toBe(true);
  });

  test('of 200 that are registered none is started before it is needed, and each has its own metric', async () => {
    const served = await openServed();
    const servers = Object.fromEntries(
      Array.from({ length: 200 }, (_, index) => [`server_${index}`, stdio(`${index}`)]),
    );
    const startedMs = performance.now();
    served.releases.activate(releaseOf('1', { servers }));
    expect(performance.now() - startedMs).toBeLessThan(200);
    expect(served.upstreams.byName.size).toBe(200);
    expect(served.lines.filter(({ msg }) => msg.endsWith('nothing was running.'))).toHaveLength(200);
    expect(served.lines).toHaveLength(200);
    served.metrics.observeUpstream({ server: 'server_199', result: 'forwarded', durationMs: 1 });
    expect((await served.metrics.expose()).text).toContain('server="server_199"');
  });
});
