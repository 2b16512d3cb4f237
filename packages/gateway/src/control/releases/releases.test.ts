import { Failure, type Release, ReleaseData } from '@bailiff/contract';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ReleasePorts } from '../ports.ts';
import { ControlServer, type Credential, releaseOf } from '../testing/control-server.ts';

let server: ControlServer;
type Double = { -readonly [Name in keyof ReleasePorts]: ReleasePorts[Name] };
let delivery: Double;
let asked: unknown[][];
beforeEach(async () => {
  asked = [];
  const said =
    (name: string, answer: unknown = undefined) =>
    async (...args: unknown[]) => {
      asked.push([name, ...args]);
      return answer;
    };
  const release = releaseOf();
  const note = {
    policy_version: '1.0.0+abc',
    at: 'then',
    author: 'ada',
    reason: 'why',
    release: release.data,
  };
  delivery = {
    notes: said('notes', [note]),
    history: () => new Map([['1.0.0+abc', [STEP]]]),
    status: () => ({ active: '1.0.0+abc', rollout: { trial: null } }),
    find: async (version: string) => (version === '1.0.0+abc' ? { note, release } : undefined),
    rollBack: said('rollBack', { policy_version: '0.9.0+abc' }),
    promote: said('promote'),
    stopTrial: said('stopTrial'),
    pull: said('pull'),
  } as unknown as Double; // as much as these routes use
  server = await ControlServer.start(delivery);
});
afterEach(() => server[Symbol.asyncDispose]());

const STEP = {
  ...{ at: '2026-11-22T12:00:00.000Z', by: 'olga', reason: 'nobody missed anything', kind: 'promoted' },
};

test('a release tells who promoted it and why, in the list and by itself', async () => {
  const list = await (await server.get('/v1/releases', 'operator')).json();
  expect(list).toMatchObject({ releases: [{ policy_version: '1.0.0+abc', history: [STEP] }] });
  const one = await (await server.get('/v1/releases/1.0.0+abc', 'operator')).json();
  expect(one).toMatchObject({ author: 'ada', history: [STEP] });
});

test('the list and a release itself tell that a later change joined its trial', async () => {
  kept();
  const at = (minute: number) => `2026-11-22T12:0${minute}:00.000Z`;
  const step = { by: 'ada', reason: 'why' };
  delivery.history = () =>
    new Map([
      ['0', [{ ...step, at: at(0), kind: 'delivered' }]],
      ['1', [{ ...step, at: at(1), kind: 'watch' }]],
      ['2', [{ ...step, at: at(2), kind: 'watch' }]],
    ]);
  const list = await (await server.get('/v1/releases', 'operator')).json();
  const joined = [
    { kind: 'watch' },
    { kind: 'joined', to: '2', reason: expect.stringContaining('resource') },
  ];
  expect(list).toMatchObject({
    releases: [{ history: joined }, { history: [{ kind: 'watch', from: '1' }] }],
  });
  const one = await (await server.get('/v1/releases/1', 'operator')).json();
  expect(one).toMatchObject({ history: joined });
});

test('the end of a trial is asked for with who asks and why', async () => {
  delivery.status = () => ({ rollout: { trial: {} } }) as unknown as ReturnType<Double['status']>;
  expect((await post('/v1/releases/stop', { reason: 'no good' })).status).toBe(200);
  expect(asked).toEqual([['stopTrial', { by: 'olga via console', reason: 'no good' }]]);
});

const post = (path: string, body: unknown, as: Credential = 'operator') =>
  fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${as}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

test.each([
  ['/v1/releases/rollback', { reason: 'it is broken' }],
  ['/v1/releases/promote', { to: 'everyone', reason: 'it is fine' }],
  ['/v1/releases/stop', { reason: 'enough' }],
  ['/v1/releases/pull', {}],
])('nobody but an operator may ask for %s', async (path, body) => {
  for (const as of ['agent', 'mara', 'decider'] as const)
    expect((await post(path, body, as)).status, as).toBe(403);
  expect((await post(path, body, 'nobody' as Credential)).status).toBe(401);
  expect(asked).toEqual([]);
});

test.each([
  '/v1/releases',
  '/v1/releases/status',
  '/v1/releases/1.0.0+abc',
])('nobody but an operator reads %s', async (path) => {
  expect((await server.get(path, 'agent')).status).toBe(403);
  expect((await server.get(path, 'operator')).status).toBe(200);
});

test('a rollback is asked for with who asks and why, which has to be said', async () => {
  expect((await post('/v1/releases/rollback', { reason: '  it is broken ' })).status).toBe(200);
  expect(asked).toEqual([['rollBack', undefined, { by: 'olga via console', reason: 'it is broken' }]]);
  for (const body of [
    {},
    { reason: ' ' },
    { reason: 7 },
    { reason: 'x', more: 1 },
    { reason: 'x', to: '' },
  ]) {
    const response = await post('/v1/releases/rollback', body);
    expect([response.status, asked.length], JSON.stringify(body)).toEqual([422, 1]);
  }
});

test('a promotion says whether it insists, and whether it names a rung or a release', async () => {
  await post('/v1/releases/promote', { to: 'canary', reason: 'a' });
  await post('/v1/releases/promote', { to: '1.0.0+abc', reason: 'b', insist: true });
  expect(asked.map(([, to, , insisting]) => [to, insisting])).toEqual([
    ['canary', undefined],
    [{ version: '1.0.0+abc' }, 'b'],
  ]);
});

test('a trial that there is not is not stopped', async () => {
  expect((await post('/v1/releases/stop', { reason: 'enough' })).status).toBe(400);
  expect(asked).toEqual([]);
});

test.each([
  'none',
  '..%2F..%2Fetc%2Fpasswd',
  '%00',
  'x'.repeat(300),
])('there is no release %s', async (version) => {
  const response = await server.get(`/v1/releases/${version}`, 'operator');
  expect(response.status).toBe(404);
});

test('what the delivery refuses is told with its code', async () => {
  delivery.rollBack = () =>
    Promise.reject(new Failure('not_found', 'No release was in force before this one.'));
  const response = await post('/v1/releases/rollback', { reason: 'x' });
  expect([response.status, await response.json()]).toMatchObject([404, { code: 'not_found' }]);
});

const whole = (version: string): Release => ({
  ...releaseOf(),
  policyVersion: version,
  data: ReleaseData.parse({
    ...{
      policy_version: version,
      digest: version,
      categories: [],
      required: [],
      bundles: { resource: version },
    },
    ...{ servers: {}, subagents: {}, teams: {}, audit: { level: 'basic', retention_days: 1 }, overrides: [] },
  }),
  catalogue: { data_classes: {}, regions: {}, servers: {}, models: {}, subagents: {} },
  bundle: new Uint8Array(),
});

/** What the store has of releases 1, 2 and 3: of the second nothing but its note, of the third not even that. */
function kept(): void {
  const [first, second] = [whole('1'), whole('2')];
  const note = { policy_version: '1', release: first.data };
  const stored = { release: first, note } as Awaited<ReturnType<Double['find']>>;
  delivery.find = async (version) => (version === '1' ? stored : undefined);
  delivery.notes = async () =>
    [first, second].map(({ policyVersion: policy_version, data: release }) => {
      const note = { policy_version, at: STEP.at, digest: '', author: 'ada', reason: 'why', preflight: [] };
      return { ...note, release };
    });
  delivery.history = () => new Map([['3', [{ ...STEP, kind: 'promoted' }]]]);
}
const difference = async (to: string, from: string) => {
  const response = await server.get(`/v1/releases/${to}/diff?from=${from}`, 'operator');
  return [response.status, await response.json()];
};

test('of two releases is told what changes, and what of them could not be compared', async () => {
  kept();
  expect(await difference('2', '1')).toMatchObject([
    200,
    {
      ...{ from: '1', to: '2', bundles: [{ name: 'resource', from: '1', to: '2' }] },
      not_compared: [{ policy_version: '1' }, { policy_version: '2' }],
    },
  ]);
});

test.each([
  ['2', 'What 2 was made of is no longer stored, or is damaged.'],
  ['3', 'What 3 was made of is no longer stored, or is damaged.'],
  ['4', 'There is no such release.'],
])('that there is no release %s any more, or never was, is told apart', async (version, words) => {
  kept();
  const shown = await server.get(`/v1/releases/${version}`, 'operator');
  expect([shown.status, await shown.json()]).toMatchObject([404, { detail: expect.stringContaining(words) }]);
});

test('a release of which nothing is left is not compared', async () => {
  kept();
  for (const [to, from] of [
    ['3', '1'],
    ['1', '3'],
  ] as const)
    expect(await difference(to, from)).toMatchObject([
      404,
      { detail: expect.stringContaining('no longer stored') },
    ]);
});
