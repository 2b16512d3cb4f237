import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Configuration, type Principal } from '@bailiff/contract';
import { importJWK, SignJWT } from 'jose';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createAuthenticator } from './authenticate.ts';
import { type DevelopmentClaims, developmentKeySet, issueDevelopmentToken } from './development-issuer.ts';

const START_MS = 1_795_355_100_000;
const CLAIMS: DevelopmentClaims = {
  agentId: 'support-bot',
  userId: 'mara',
  agentVersion: '',
  chain: [],
  conversation: '',
  permissions: [],
  lifetimeSeconds: 900,
};

let folder: string;
let nowMs: number;
const file = () => join(folder, 'development-issuer.json');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bailiff-dev-'));
  nowMs = START_MS;
});
afterEach(() => rm(folder, { recursive: true }));

const issue = (claims: Partial<DevelopmentClaims> = {}) =>
  issueDevelopmentToken({ ...CLAIMS, ...claims }, folder, () => nowMs);

function gateway(identity: object = { development_issuer: true }): (token: string) => Promise<Principal> {
  const authenticate = createAuthenticator({
    identity: Configuration.parse({ policy: { directory: '.' }, identity }).identity,
    dataDirectory: folder,
    clock: () => nowMs,
    fetch: () => Promise.reject(new Error('nothing is fetched')),
    signal: new AbortController().signal,
  });
  return (token) => authenticate({ authorization: [`Bearer ${token}`] });
}

test('a token of the development issuer is accepted where that issuer is on', async () => {
  const accept = gateway();
  expect(await accept(await issue())).toMatchObject({
    agentId: 'support-bot',
    userId: 'mara',
    agentVersion: 'unknown',
    chain: [],
    conversation: '',
    permissions: new Set(),
    issuer: 'bailiff-development',
  });
  const full = await issue({
    userId: '',
    agentVersion: '3.2.0',
    chain: ['planner'],
    conversation: 'c-81',
    permissions: ['operator', 'decide_for'],
  });
  expect(await accept(full)).toMatchObject({
    userId: '',
    agentVersion: '3.2.0',
    chain: ['planner'],
    conversation: 'c-81',
    permissions: new Set(['operator', 'decide_for']),
  });
});

test('a chain keeps its order, the first to ask first, and is refused where no gateway would accept it', async () => {
  const chain = ['support-bot', 'planner-bot', 'researcher'];
  expect(await gateway()(await issue({ agentId: 'refund-bot', chain }))).toMatchObject({ chain });
  const longest = Array.from({ length: 16 }, (_, at) => `agent-${at}`);
  expect(await gateway()(await issue({ chain: longest }))).toMatchObject({ chain: longest });
  await expect(issue({ chain: [...longest, 'one-more'] })).rejects.toMatchObject({ code: 'bad_request' });
  await expect(issue({ chain: ['support-bot', ''] })).rejects.toMatchObject({ code: 'bad_request' });
});

test('it is refused where that issuer is off, whoever has the key', async () => {
  await expect(gateway({})(await issue())).rejects.toMatchObject({ code: 'unauthenticated' });
  await expect(gateway({ development_issuer: false })(await issue())).rejects.toMatchObject({
    code: 'unauthenticated',
  });
});

test('it is refused once it has expired', async () => {
  const accept = gateway();
  const token = await issue({ lifetimeSeconds: 60 });
  await accept(token);
  nowMs += 60_000;
  await expect(accept(token)).rejects.toMatchObject({ detail: 'The token has expired.' });
});

test('none is issued for longer than 12 hours', async () => {
  await issue({ lifetimeSeconds: 12 * 3_600 });
  await expect(issue({ lifetimeSeconds: 12 * 3_600 + 1 })).rejects.toMatchObject({ code: 'bad_request' });
  await expect(issue({ lifetimeSeconds: 0 })).rejects.toMatchObject({ code: 'bad_request' });
  await expect(issue({ lifetimeSeconds: Number.NaN })).rejects.toMatchObject({ code: 'bad_request' });
});

test('one that somebody signed for longer is refused, as is one that does not say when it was issued', async () => {
  await issue();
  const key = JSON.parse(await readFile(file(), 'utf8'));
  const signedWith = async (times: object) =>
    new SignJWT({ azp: 'ops-bot', iss: 'bailiff-development', aud: 'bailiff', ...times })
      .setProtectedHeader({ alg: 'ES256', kid: key.kid })
      .sign(await importJWK(key, 'ES256'));
  const nowS = nowMs / 1_000;
  for (const times of [
    { iat: nowS, exp: nowS + 50_000 },
    { exp: nowS + 60 },
    { iat: nowS - 50_000, exp: nowS + 60 },
  ])
    await expect(gateway()(await signedWith(times))).rejects.toMatchObject({ code: 'unauthenticated' });
});

test('the private key is for its owner alone, and refused when others may read it', async () => {
  await issue();
  expect((await stat(file())).mode & 0o777).toBe(0o600);
  await chmod(file(), 0o644);
  await expect(issue()).rejects.toMatchObject({
    code: 'configuration_invalid',
    detail: expect.stringContaining('chmod 600'),
  });
  await expect(gateway()('x.y.z')).rejects.toMatchObject({ code: 'unauthenticated' });
});

test('a file that holds no key is told apart without quoting it', async () => {
  await writeFile(file(), '{"d":"canary-secret"}', { mode: 0o600 });
  const thrown: unknown = await issue().catch((failure: unknown) => failure);
  expect(thrown).toMatchObject({ code: 'configuration_invalid', detail: expect.stringContaining(file()) });
  expect(JSON.stringify([thrown, String(thrown)])).not.toContain('canary-secret');
});

test('of many who make the key at once, all end up with the same one and nothing else is left', async () => {
  const sets = await Promise.all(Array.from({ length: 12 }, () => developmentKeySet(folder)));
  expect(new Set(sets.map((set) => JSON.stringify(set))).size).toBe(1);
  expect(await readdir(folder)).toEqual(['development-issuer.json']);
  expect(Object.keys(sets[0]?.keys[0] ?? {})).not.toContain('d');
});

test('a key that was made anew is accepted by a gateway that runs', async () => {
  const accept = gateway();
  const old = await issue();
  await accept(old);
  await rm(file());
  const token = await issue();
  nowMs += 30_000;
  expect(await accept(token)).toMatchObject({ agentId: 'support-bot' });
});
