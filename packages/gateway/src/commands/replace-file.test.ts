import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { replaceFile } from './replace-file.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bailiff-replace-'));
  return () => rm(folder, { recursive: true, force: true });
});

test.each([0o600, 0o664, 0o755])('a file that is replaced keeps its permissions, %o', async (mode) => {
  const file = join(folder, 'release.yaml');
  await writeFile(file, 'before');
  await chmod(file, mode);
  await replaceFile(file, 'after');
  expect(await readFile(file, 'utf8')).toBe('after');
  expect((await stat(file)).mode & 0o777).toBe(mode);
  expect(await readdir(folder)).toEqual(['release.yaml']);
});

test('a link stays one, and what it leads to is replaced where it lies', async () => {
  const [file, link] = [join(folder, 'kept', 'release.yaml'), join(folder, 'release.yaml')];
  await mkdir(join(folder, 'kept'));
  await writeFile(file, 'before');
  await symlink(file, link);
  await replaceFile(link, 'after');
  expect((await lstat(link)).isSymbolicLink()).toBe(true);
  expect(await readFile(file, 'utf8')).toBe('after');
  expect((await readdir(folder)).sort()).toEqual(['kept', 'release.yaml']);
});

test('where there is no file one is made, and nothing is left behind where that fails', async () => {
  await replaceFile(join(folder, 'tool-pins.yaml'), 'new');
  expect(await readFile(join(folder, 'tool-pins.yaml'), 'utf8')).toBe('new');
  await mkdir(join(folder, 'taken', 'inside'), { recursive: true });
  await expect(replaceFile(join(folder, 'taken'), 'text')).rejects.toThrow();
  expect((await readdir(folder)).sort()).toEqual(['taken', 'tool-pins.yaml']);
});
