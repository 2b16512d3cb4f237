import { Failure } from '@bailiff/contract';
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
