import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Watcher } from './watcher.ts';

let place: string;
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'bailiff-watcher-'));
  await mkdir(join(place, 'policy/identity/deep'), { recursive: true });
  for (const file of ['release.yaml', 'identity/a.rego']) await writeFile(join(place, 'policy', file), '');
});
afterEach(() => rm(place, { recursive: true, force: true }));

const policy = (...parts: string[]) => join(place, 'policy', ...parts);
const told = (watcher: Watcher) => watcher.changed(AbortSignal.timeout(5_000));
const watching = (recursive = true, concerns: (name: string | null) => boolean = () => true) =>
  new Watcher(policy(), { recursive, concerns });

/** As many editors save: another file is put in the place of the one that was there. */
async function saved(path: string, text: string): Promise<void> {
  await writeFile(`${path}.swp`, text);
  await rename(`${path}.swp`, path);
}

test('every save of a file is told, however often an editor puts another file in its place', async () => {
  using watcher = watching();
  for (const file of ['release.yaml', 'identity/a.rego'])
    for (const text of ['one', 'two', 'three', 'four']) {
      watcher.settle();
      await saved(policy(file), text);
      await told(watcher);
    }
  watcher.settle();
  await writeFile(policy('release.yaml'), 'in place, after all that');
  await told(watcher);
});

test('a folder that is new, or took the place of another, is watched with all below it', async () => {
  using watcher = watching();
  watcher.settle();
  await mkdir(policy('workflow/deep'), { recursive: true });
  await told(watcher);
  watcher.settle();
  await writeFile(policy('workflow/deep/a.rego'), 'x');
  await told(watcher);
  await mkdir(join(place, 'other/deep'), { recursive: true });
  watcher.settle();
  await rename(policy('identity'), join(place, 'old'));
  await rename(join(place, 'other'), policy('identity'));
  await told(watcher);
  watcher.settle();
  await writeFile(policy('identity/deep/b.rego'), 'x');
  await told(watcher);
});

test('the folder itself may give way to another, or be missing for a while', async () => {
  using watcher = watching();
  watcher.settle();
  await rename(policy(), join(place, 'old'));
  await told(watcher);
  watcher.settle();
  await mkdir(policy());
  await told(watcher);
  watcher.settle();
  await writeFile(policy('release.yaml'), 'x');
  await told(watcher);
});

test('names are told relative to the folder, and what concerns nobody wakes nobody', async () => {
  const names = new Set<string | null>();
  using watcher = watching(true, (name) => {
    names.add(name);
    return name === join('identity', 'deep', 'b.rego');
  });
  watcher.settle();
  await writeFile(policy('identity/a.rego'), 'x');
  await writeFile(policy('identity/deep/b.rego'), 'x');
  await told(watcher);
  expect(names).toContain(join('identity', 'a.rego'));
});
