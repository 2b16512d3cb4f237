import { type Release, ReleaseData } from '@bailiff/contract';
import { expect, test } from 'vitest';
import { createActiveRelease } from './active-release.ts';
import type { Candidate } from './rollout/candidate.ts';

const release = (policyVersion: string): Release => ({
  policyVersion,
  digest: policyVersion,
  data: ReleaseData.parse({
    ...{ policy_version: policyVersion, digest: policyVersion, categories: [], bundles: {}, required: [] },
    ...{
      servers: {},
      subagents: {},
      teams: {},
      audit: { level: 'basic', retention_days: 1 },
      overrides: [],
    },
  }),
  catalogue: { data_classes: {}, regions: {}, servers: {}, models: {}, subagents: {} },
  directory: { agents: {}, users: {} },
  rules: new Map(),
  bundle: new Uint8Array(),
});

const [A, B, C] = [release('a'), release('b'), release('c')];

test('nothing is active at first, and no answer is accepted', () => {
  const active = createActiveRelease({ clock: () => 0 });
  expect(active.current()).toBeUndefined();
  expect(active.accepts('')).toBeUndefined();
  expect(active.accepts('a')).toBeUndefined();
});

test('answers of a replaced release are accepted until the overlap is over, others never', () => {
  let now = 0;
  const active = createActiveRelease({ clock: () => now, overlapMs: 100 });
  active.activate(A);
  active.activate(B);
  expect(active.current()).toBe(B);
  now = 99;
  expect([active.accepts('a'), active.accepts('b'), active.accepts('c')]).toEqual([A, B, undefined]);
  now = 100;
  expect([active.accepts('a'), active.accepts('b')]).toEqual([undefined, B]);
});

test('a rollback makes the older release the current one again', () => {
  const active = createActiveRelease({ clock: () => 0 });
  for (const each of [A, B, A]) active.activate(each);
  expect(active.current()).toBe(A);
  expect(active.accepts('b')).toBe(B);
});

test('only the latest replaced releases are remembered', () => {
  const active = createActiveRelease({ clock: () => 0 });
  for (const name of ['1', '2', '3', '4', '5', '6']) active.activate(release(name));
  expect(active.accepts('1')).toBeUndefined();
  expect(active.accepts('2')?.policyVersion).toBe('2');
});

test('subscribers hear of each activation until they leave, and not of one that changes nothing', () => {
  const active = createActiveRelease({ clock: () => 0 });
  const heard: string[] = [];
  const leave = active.subscribe(({ policyVersion }) => heard.push(policyVersion));
  active.activate(A);
  active.activate(A);
  active.activate(B);
  leave();
  active.activate(C);
  expect(heard).toEqual(['a', 'b']);
});

test('who waits gets the next release, or at once one that is not the known one', async () => {
  const active = createActiveRelease({ clock: () => 0 });
  const { signal } = new AbortController();
  const first = active.changedFrom(undefined, signal);
  active.activate(A);
  expect(await first).toBe(A);
  expect(await active.changedFrom(undefined, signal)).toBe(A);
  const next = active.changedFrom(A, signal);
  active.activate(B);
  expect(await next).toBe(B);
});

test('who waits leaves on abort', async () => {
  const active = createActiveRelease({ clock: () => 0 });
  const stop = new AbortController();
  const waiting = active.changedFrom(undefined, stop.signal);
  stop.abort(new Error('Enough.'));
  await expect(waiting).rejects.toThrow('Enough.');
  await expect(active.changedFrom(undefined, stop.signal)).rejects.toThrow('Enough.');
});

const onTrial = (stage: 'watch' | 'canary', ...covered: readonly string[]): Candidate => ({
  release: B,
  stage,
  covers: ({ id }) => covered.includes(id),
});

test('a release on trial decides for whom it covers, from the next call on, and its answers are taken', () => {
  const active = createActiveRelease({ clock: () => 0 });
  expect(active.releaseFor('bot')).toBeUndefined();
  active.activate(A);
  active.propose(onTrial('canary', 'bot'));
  expect([active.releaseFor('bot'), active.releaseFor('other')]).toEqual([B, A]);
  expect([active.accepts('a'), active.accepts('b'), active.current()]).toEqual([A, B, A]);
});

test('answers of a release that was on trial are taken until the overlap is over', () => {
  let now = 0;
  const active = createActiveRelease({ clock: () => now, overlapMs: 100 });
  active.activate(A);
  active.propose(onTrial('canary', 'bot'));
  active.propose(undefined);
  expect(active.releaseFor('bot')).toBe(A);
  expect(active.accepts('b')).toBe(B);
  now = 100;
  expect(active.accepts('b')).toBeUndefined();
});

test('whose team an agent is in is the active release’s to say', () => {
  const active = createActiveRelease({ clock: () => 0 });
  const agents = { bot: { scope: 's', owner_team: 'cx', versions: [], status: 'active' } } as const;
  active.activate({
    ...A,
    directory: { agents: { ...agents, bot: { ...agents.bot, versions: [] } }, users: {} },
  });
  const seen: string[] = [];
  active.propose({ ...onTrial('canary'), covers: ({ ownerTeam }) => seen.push(ownerTeam) < 0 });
  active.releaseFor('bot');
  active.releaseFor('constructor');
  expect(seen).toEqual(['cx', '']);
});

test('a trial is over once its release is activated', () => {
  const active = createActiveRelease({ clock: () => 0 });
  active.activate(A);
  active.propose(onTrial('canary', 'bot'));
  active.activate(B);
  expect(active.candidate()).toBeUndefined();
  expect(active.releaseFor('other')).toBe(B);
});
