import { chmod, lstat, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isPrivateSocket, localSocketPath, makeSocketFolder } from './local-socket.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bailiff-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the local socket of a gateway', () => {
  test('lies in the data folder, or in one of the temporary folder where the path is too long', () => {
    expect(localSocketPath(folder)).toBe(join(folder, 'socket', 'gateway.sock'));
    const long = localSocketPath(join(folder, 'x'.repeat(100)));
    expect(dirname(dirname(long))).toBe(tmpdir());
    expect(localSocketPath(join(folder, 'y'.repeat(100)))).not.toBe(long);
  });

  test('lies in a folder that nobody else can enter, which goes with it', async () => {
    const path = join(folder, 'socket', 'gateway.sock');
    await mkdir(dirname(path), { mode: 0o777 });
    await chmod(dirname(path), 0o777);
    expect(await isPrivateSocket(path)).toBe(false);
    const made = await makeSocketFolder(path);
    expect((await lstat(dirname(path))).mode & 0o777).toBe(0o700);
    expect(await isPrivateSocket(path)).toBe(true);
    await made[Symbol.asyncDispose]();
    expect(await isPrivateSocket(path)).toBe(false);
  });

  test('is neither made nor trusted where the folder leads elsewhere', async () => {
    await mkdir(join(folder, 'elsewhere'), { mode: 0o700 });
    await symlink(join(folder, 'elsewhere'), join(folder, 'socket'));
    const path = join(folder, 'socket', 'gateway.sock');
    expect(await isPrivateSocket(path)).toBe(false);
    await expect(makeSocketFolder(path)).rejects.toMatchObject({ code: 'configuration_invalid' });
  });
});
