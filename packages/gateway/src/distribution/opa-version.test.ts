import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildRelease } from './build-release.ts';
import { OPA_VERSION_MIN, usableOpaVersion } from './opa-version.ts';
import { KERNEL, OPA, sampleRelease } from './testing/sample-release.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bailiff-opa-version-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const versionOf = (opa: string) =>
  usableOpaVersion({ opa, cwd: folder, signal: new AbortController().signal });

async function executable(name: string, text: string, mode = 0o755): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

test('an OPA says its version', async () => {
  expect(await versionOf(OPA)).toMatch(/^\d+\.\d+\.\d+$/);
});

test('an executable is asked once as long as it is the same file, and anew once it is another', async () => {
  const saying = (version: string) =>
    executable('counting', `#!/bin/sh\necho asked >> ${folder}/asked\necho "Version: ${version}"\n`);
  const opa = await saying('1.30.0');
  expect([await versionOf(opa), await versionOf(opa)]).toEqual(['1.30.0', '1.30.0']);
  expect(await readFile(join(folder, 'asked'), 'utf8')).toBe('asked\n');
  await saying('1.31.0');
  expect(await versionOf(opa)).toBe('1.31.0');
});

describe('what is no usable OPA is refused in one line that names it and the mend', () => {
  test.each([
    ['a program that does nothing', '/bin/true', 'is no OPA'],
    ['a program that fails', '/bin/false', 'is no OPA'],
    ['nothing', '/nowhere/opa', 'cannot be run'],
  ])('%s', async (_what, opa, words) => {
    await expect(versionOf(opa)).rejects.toMatchObject({
      code: 'configuration_invalid',
      detail: expect.stringMatching(
        `^engine\\.opa: ${opa} ${words}.* Name an OPA ${OPA_VERSION_MIN} or newer`,
      ),
    });
  });

  test.each([
    ['text.sh', 'this is no program\n', 0o755, 'is no OPA'],
    ['unexecutable', '#!/bin/sh\n', 0o644, 'cannot be run'],
    ['old', '#!/bin/sh\necho "Version: 1.9.0"\n', 0o755, 'is OPA 1.9.0, which is too old'],
  ])('%s', async (name, text, mode, words) => {
    const opa = await executable(name, text, mode);
    await expect(versionOf(opa)).rejects.toMatchObject({
      code: 'configuration_invalid',
      detail: expect.stringContaining(`${opa} ${words}`),
    });
  });
});

test('a newer OPA is taken, whatever follows its version', async () => {
  const opa = await executable('newer', '#!/bin/sh\necho "Version: 2.0.0-dev"\n');
  expect(await versionOf(opa)).toBe('2.0.0');
});

test('a build with what is no OPA is refused for it', async () => {
  await using sample = await sampleRelease();
  const build = buildRelease({ directory: sample.directory, kernel: KERNEL, opa: '/bin/true' });
  await expect(build).rejects.toMatchObject({ code: 'configuration_invalid' });
});

test('the launcher looks for the same version', async () => {
  const setup = await readFile(new URL('../../../../tools/setup.mjs', import.meta.url), 'utf8');
  expect(setup).toContain(`OPA_VERSION_MIN = '${OPA_VERSION_MIN}'`);
});
