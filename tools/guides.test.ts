import { globSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { opaPath } from '../packages/gateway/src/commands/places.ts';
import { bailiffProgram } from '../packages/gateway/src/commands/program.ts';
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

test('no command of a guide lacks an option that it has to be given, or has one that there is not', () => {
  const guides = ['README.md', ...globSync('docs/guides/*.md', { cwd: ROOT })];
  const commands = guides.flatMap((guide) =>
    commandsIn(textOf(guide)).map((text) => ({ guide, text, wrong: wrongOptions(text) })),
  );
  expect(commands.length).toBeGreaterThan(50);
  expect(commands.filter(({ wrong }) => wrong.length > 0)).toEqual([]);
  expect(wrongOptions('release promote everyone --why x')).toEqual(['--reason', '--why']);
});

/** What follows `./bailiff`, up to the end of its row or of its code, without what a shell takes for a comment. */
function commandsIn(text: string): string[] {
  return [...text.matchAll(/\.\/bailiff ((?:[^\n`\\]|\\\n)*)/g)].map(([, words = '']) =>
    words.replace(/\\\n/g, ' ').replace(/\s#.*/, ''),
  );
}

/** What ends in `…` leaves the rest of its options to the reader. */
function wrongOptions(text: string): string[] {
  const words = text.trim().split(/\s+/);
  let command: Command = bailiffProgram();
  for (const word of words) {
    const child = command.commands.find((one) => one.name() === word);
    if (child === undefined) break;
    command = child;
  }
  const given = words.flatMap((word) => /^--?[a-z][a-z-]*/.exec(word) ?? []);
  const lacking = command.options.filter(
    ({ mandatory, long, short }) => mandatory && !given.some((word) => word === long || word === short),
  );
  const known = new Set(command.options.flatMap(({ long, short }) => [long, short]));
  const unknown = given.filter((word) => !known.has(word));
  return [...(text.endsWith('…') ? [] : lacking.map(({ long }) => long ?? '')), ...unknown];
}
