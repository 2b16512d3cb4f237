import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseModules } from '../analysis/parse.ts';
import { RuleIndex } from '../analysis/rule-index.ts';
import { openStage } from '../stage.ts';
import { KERNEL, OPA } from '../testing/sample-release.ts';
import { textFindings } from './lint.ts';
import { NOW, subjectOf } from './testing/lint-bundle.ts';

test('the kernel that ships has no error that its text tells', async () => {
  await using stage = await openStage();
  const files = (await readdir(KERNEL)).filter(
    (file) => file.endsWith('.rego') && !file.endsWith('_test.rego'),
  );
  const sources = await Promise.all(
    files.map(async (file) => ({
      file,
      path: `kernel/${file}`,
      text: await readFile(join(KERNEL, file), 'utf8'),
    })),
  );
  const run = { opa: OPA, cwd: stage.path, signal: new AbortController().signal };
  const { modules } = await parseModules(
    sources.map((source) => ({ bundle: 'kernel', source })),
    run,
  );
  expect(modules.length).toBe(files.length);
  const [any] = (await subjectOf({ rego: '' })).bundles;
  if (any === undefined) throw new Error('a bundle was expected');
  const bundle = { source: any.source, rules: [], catalogue: new Map(), modules, tests: [] };
  const subject = { bundles: [bundle], index: new RuleIndex(modules), data: {}, tools: new Map(), now: NOW };
  expect(textFindings(subject).filter(({ severity }) => severity === 'error')).toEqual([]);
});
