import { chmod, copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Failure } from '@bailiff/contract';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Grant } from '../../enforcement/upstream/credentials/token-store.ts';
import { KEY_VARIABLE, openTokenFiles } from './token-files.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bailiff-tokens-'));
});
afterEach(() => rm(folder, { recursive: true }));

const grantOf = (changes: Partial<Grant> = {}): Grant => ({
  id: 'login-1',
  server: 'github',
  user: '',
  serverUrl: 'https://github.example/mcp',
  resource: 'https://github.example/mcp',
  issuer: 'https://issuer.example',
  client: { id: 'bailiff', secret: 'canary-secret', method: 'client_secret_basic' },
  accessToken: 'canary-access',
  refreshToken: 'canary-refresh',
  expiresAtMs: 2,
  scope: 'a b',
  obtainedAtMs: 1,
  ...changes,
});

const filesIn = async () =>
  (await readdir(join(folder, 'tokens')))
    .filter((name) => name !== 'lock')
    .map((name) => join(folder, 'tokens', name));
const onlyFile = async () => {
  const [file = ''] = await filesIn();
  return file;
};
const key = (byte: number) =>
  Buffer.from(Array.from({ length: 32 }, (_, at) => (at * 7 + byte) % 256)).toString('base64');

describe('a grant', () => {
  test('is read as it was written, by another process too, and only under its own server and user', async () => {
    const store = await openTokenFiles(folder, {});
    await store.write(grantOf());
    await store.write(grantOf({ user: 'mara', accessToken: 'of-mara' }));
    const other = await openTokenFiles(folder, {});
    expect(await other.read({ server: 'github', user: '' })).toEqual(grantOf());
    expect(await other.read({ server: 'github', user: 'mara' })).toMatchObject({ accessToken: 'of-mara' });
    expect(await other.read({ server: 'github', user: 'lee' })).toBeUndefined();
    expect(await other.read({ server: 'githubmara', user: '' })).toBeUndefined();
  });

  test('stands in no file in clear, and no file may be read by others', async () => {
    const store = await openTokenFiles(folder, {});
    await store.write(grantOf({ user: 'mara' }));
    const files = [...(await filesIn()), join(folder, 'tokens.key')];
    expect(files).toHaveLength(2);
    for (const file of files) {
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      const text = `${file} ${await readFile(file, 'latin1')}`;
      for (const word of ['canary', 'mara', 'github', 'issuer']) expect(text).not.toContain(word);
    }
    expect((await stat(join(folder, 'tokens'))).mode & 0o777).toBe(0o700);
  });

  test('is replaced whole and leaves no draft behind', async () => {
    const store = await openTokenFiles(folder, {});
    await Promise.all(
      Array.from({ length: 20 }, (_, each) => store.write(grantOf({ accessToken: `token-${each}` }))),
    );
    expect(await filesIn()).toHaveLength(1);
    expect(await store.read({ server: 'github', user: '' })).toMatchObject({
      accessToken: expect.stringMatching(/^token-\d+$/),
    });
  });

  test('that was renewed does not overwrite a login that came in between, nor bring back one that was removed', async () => {
    const store = await openTokenFiles(folder, {});
    await store.write(grantOf());
    expect(await store.renew(grantOf({ accessToken: 'renewed' }))).toBe(true);
    await store.write(grantOf({ id: 'login-2' }));
    expect(await store.renew(grantOf({ accessToken: 'renewed again' }))).toBe(false);
    expect(await store.read({ server: 'github', user: '' })).toEqual(grantOf({ id: 'login-2' }));
    expect(await store.remove({ server: 'github', user: '' })).toBe(true);
    expect(await store.renew(grantOf({ id: 'login-2' }))).toBe(false);
    expect(await store.remove({ server: 'github', user: '' })).toBe(false);
    expect(await store.list()).toEqual([]);
  });

  test('is not overwritten by a renewal in another process that had read it before a login or its removal', async () => {
    const [renewing, other] = await Promise.all([1, 2].map(() => openTokenFiles(folder, {})));
    if (renewing === undefined || other === undefined) throw new Error('there are no stores');
    await other.write(grantOf());
    const read = renewing.read.bind(renewing);
    const changes = [
      { change: () => other.write(grantOf({ id: 'login-2' })), left: grantOf({ id: 'login-2' }) },
      { change: () => other.remove({ server: 'github', user: '' }), left: undefined },
    ];
    for (const { change, left } of changes) {
      await other.write(grantOf());
      let changed: Promise<unknown> = Promise.resolve();
      renewing.read = async (key) => {
        const found = await read(key);
        // Whoever would change it now has to wait until what was found is written.
        using lock = new DatabaseSync(join(folder, 'tokens', 'lock'), { timeout: 0 });
        expect(() => lock.exec('BEGIN EXCLUSIVE')).toThrow(/locked/);
        changed = change();
        return found;
      };
      await renewing.renew(grantOf({ accessToken: 'renewed' }));
      await changed;
      expect(await other.read({ server: 'github', user: '' })).toEqual(left);
    }
  });

  test('is listed by server and user', async () => {
    const store = await openTokenFiles(folder, {});
    for (const [server, user] of [
      ['b', ''],
      ['a', 'z'],
      ['a', ''],
    ] as const)
      await store.write(grantOf({ server, user }));
    expect((await store.list()).map(({ server, user }) => [server, user])).toEqual([
      ['a', ''],
      ['a', 'z'],
      ['b', ''],
    ]);
  });
});

describe('a file', () => {
  test('with any byte changed is refused, and so is one that was cut or is empty', async () => {
    const store = await openTokenFiles(folder, {});
    await store.write(grantOf());
    const file = await onlyFile();
    const whole = await readFile(file);
    const broken = [...whole.keys()].map((at) => {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 1;
      return changed;
    });
    for (const bytes of [
      ...broken,
      whole.subarray(0, -1),
      Buffer.alloc(0),
      Buffer.concat([whole, Buffer.of(0)]),
    ]) {
      await writeFile(file, bytes);
      await expect(store.read({ server: 'github', user: '' })).rejects.toBeInstanceOf(Failure);
    }
    await writeFile(file, whole);
    expect(await store.read({ server: 'github', user: '' })).toEqual(grantOf());
  });

  test('put in place of another one’s is refused: one user never gets another’s tokens', async () => {
    const store = await openTokenFiles(folder, {});
    await store.write(grantOf({ user: 'lee' }));
    const lees = await onlyFile();
    await store.write(grantOf({ user: 'mara' }));
    const maras = (await filesIn()).find((file) => file !== lees) ?? '';
    await copyFile(maras, lees);
    await expect(store.read({ server: 'github', user: 'lee' })).rejects.toThrow(/cannot be read/);
  });

  test('that others may read is refused', async () => {
    const store = await openTokenFiles(folder, {});
    await store.write(grantOf());
    await chmod(await onlyFile(), 0o644);
    await expect(store.read({ server: 'github', user: '' })).rejects.toBeInstanceOf(Failure);
  });
});

describe('the key', () => {
  test('may come from the environment, and then no file holds one', async () => {
    const store = await openTokenFiles(folder, { [KEY_VARIABLE]: key(1) });
    await store.write(grantOf());
    expect(await readdir(folder)).toEqual(['tokens']);
    const other = await openTokenFiles(folder, { [KEY_VARIABLE]: key(2) });
    await expect(other.read({ server: 'github', user: '' })).rejects.toThrow(/another key/);
  });

  test.each([
    ['too short', Buffer.alloc(31, 'k3y').toString('base64')],
    ['no base64', 'a password that somebody chose, 44 characters'],
    ['one byte again and again', Buffer.alloc(32, 7).toString('base64')],
  ])('that is %s is refused', async (_what, value) => {
    await expect(openTokenFiles(folder, { [KEY_VARIABLE]: value })).rejects.toMatchObject({
      code: 'configuration_invalid',
      detail: expect.stringContaining(KEY_VARIABLE),
    });
  });
});
