import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { opaPath } from '../packages/gateway/src/commands/places.ts';
import { loadConfiguration } from '../packages/gateway/src/config.ts';
import { buildRelease } from '../packages/gateway/src/distribution/build-release.ts';
import { testBundles } from '../packages/gateway/src/distribution/bundle-tests.ts';
import { writeFiles } from '../packages/gateway/src/distribution/stage.ts';
import { ROOT, textOf } from './tree.ts';

const GUIDE = 'docs/guides/first-policy.md';
let folder = '';

/** A fenced block whose info names a file is that file. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bailiff-guide-'));
  const files = [...textOf(GUIDE).matchAll(/^```\w+ (\S+)\n(.*?)^```$/gms)].map(
    ([, path = '', text = '']) => ({ path, text }),
  );
  expect(files.length).toBeGreaterThan(5);
  await writeFiles(folder, files);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('the first policy of the guide builds, and its tests pass', async () => {
  const { configuration } = await loadConfiguration(join(folder, 'bailiff.yaml'));
  const opa = opaPath();
  const built = await buildRelease({
    directory: configuration.policy.directory,
    kernel: join(ROOT, 'policies/kernel'),
    opa,
  });
  expect(built.alarms).toEqual([]);
  expect(await testBundles(built, { opa })).toMatchObject({ passed: 2, failed: 0 });
});
