import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { corpusText } from '../corpus/corpus-file.ts';
import { sampleCase } from '../corpus/testing/sample-case.ts';
import { planTests } from '../planned-tests.ts';
import { SourceFolder } from '../sources/folder.ts';
import { type Files, OPA, sampleRelease } from '../testing/sample-release.ts';
import { type PreflightOptions, preflight } from './preflight.ts';
import type { EngineJudgement, PreflightAnswer } from './preflight-engine.ts';
import { readPolicyFolder } from './target.ts';

const { signal } = new AbortController();
const INPUT = JSON.stringify({ action: { tool: 'crm.read', server: 'crm' }, agent: { id: 'bot' } });
const RULES = ['identity.agent_known', 'resource.tool_granted'];
const allowed: PreflightAnswer = { kind: 'decided', outcome: 'allow', reasons: [], rules: [] };
/** By which no law can be broken. */
const undecided: PreflightAnswer = { kind: 'failed', detail: '' };

/** What the sample comes to with engines that answer one way until they were compared, and another afterwards. */
async function tried(
  judgement: EngineJudgement['outcome'],
  { meanwhile, afterwards }: { readonly meanwhile: PreflightAnswer; readonly afterwards: PreflightAnswer },
) {
  let isJudged = false;
  const asked = Promise.withResolvers<void>();
  const engine: PreflightOptions['engine'] = {
    async judge() {
      await asked.promise; // Decided meanwhile, or this never ends.
      isJudged = true;
      return { outcome: judgement, detail: '' };
    },
    async decideAhead(_release, texts) {
      if (texts.some((text) => text !== INPUT)) asked.resolve(); // The variants are the last that is asked for.
      return texts.map(() => meanwhile);
    },
    async decideAll(_release, texts) {
      if (!isJudged) throw new Error('The engine that is judged was to be asked.');
      return texts.map(() => afterwards);
    },
  };
  return await triedWith({ engine, inputsFor: async () => [INPUT] });
}

async function triedWith(changes: Partial<PreflightOptions>, files: Files = {}) {
  await using sample = await sampleRelease(files);
  const { registry, parts } = await readPolicyFolder(sample.directory, signal);
  const options: PreflightOptions = {
    opa: OPA,
    kernel: { tree: new SourceFolder(`${sample.directory}/../kernel`), path: '' },
    parsed: new Map(),
    engine: {
      judge: async () => ({ outcome: 'skipped', detail: '' }),
      decideAll: async (_release, texts) => texts.map(() => undecided),
      decideAhead: async (_release, texts) => texts.map(() => undecided),
    },
    inputsFor: async () => [],
    serverProblems: () => [],
    monotonicMs: () => performance.now(),
    enginesMustAgree: false,
    before: undefined,
    isFirst: false,
    ...changes,
  };
  return await preflight({ registry, parts }, options, signal);
}

test('what is decided while the engines are compared counts where they agree', async () => {
  expect(await tried('passed', { meanwhile: undecided, afterwards: allowed })).toMatchObject({
    kind: 'passed',
  });
  expect(await tried('passed', { meanwhile: allowed, afterwards: undecided })).toMatchObject({
    kind: 'refused',
    check: 'laws',
  });
});

test('what is decided while the engines are compared is decided anew where they do not agree', async () => {
  const passed = await tried('failed', { meanwhile: allowed, afterwards: undecided });
  expect(passed).toMatchObject({ kind: 'passed' });
  const checks = passed.kind === 'passed' ? passed.value.checks.map(({ check }) => check) : [];
  expect(checks.sort(), 'each told once').toEqual(['compose', 'engine', 'laws', 'tests']);
  expect(await tried('failed', { meanwhile: undecided, afterwards: allowed })).toMatchObject({
    kind: 'refused',
    check: 'laws',
  });
});

test('the bundles’ tests run while the release is still built, and once for all who want to know', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bailiff-preflight-'));
  const opa = join(folder, 'opa');
  const runs = join(folder, 'runs');
  // Its build waits for its tests to begin.
  const script = `#!/bin/sh
echo "$1" >> ${runs}
tries=0
[ "$1" = build ] && until grep -q '^test' ${runs}; do
  tries=$((tries + 1)); [ $tries -gt 1000 ] && exit 1; sleep 0.01
done
exec ${OPA} "$@"
`;
  await writeFile(opa, script);
  await chmod(opa, 0o755);
  try {
    const passed = await triedWith({ opa });
    expect(passed).toMatchObject({ kind: 'passed' });
    if (passed.kind === 'passed') expect(await planTests(passed.value.built, { opa, signal })).toBeDefined();
    const ran = (await readFile(runs, 'utf8')).split('\n').filter((command) => command === 'test');
    expect(ran).toHaveLength(1);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 30_000);

test.each<[string, PreflightAnswer, string]>([
  [
    'the reasons, where no rule came or went',
    { kind: 'decided', outcome: 'deny', reasons: ['outside_capabilities'], rules: RULES },
    'was allow and is deny: no rule: outside_capabilities.',
  ],
  ['the rules', { ...allowed, outcome: 'deny' }, `was allow and is deny: - ${RULES.join(', - ')}.`],
  [
    'why it was not decided',
    { kind: 'failed', detail: 'It took too long.' },
    'was allow and could not be decided: It took too long.',
  ],
])('a flip of the corpus is told with %s', async (_what, answer, said) => {
  const cases = [sampleCase({ id: 'd-1', rules: RULES })];
  const corpus = corpusText({ savedAt: '2026-11-22T13:45:00.000Z', policyVersion: '', cases });
  await using sample = await sampleRelease();
  const manifest = await readFile(join(sample.directory, 'release.yaml'), 'utf8');
  const engine: PreflightOptions['engine'] = {
    judge: async () => ({ outcome: 'passed', detail: '' }),
    decideAll: async (_release, texts) => texts.map(() => answer),
    decideAhead: async (_release, texts) => texts.map(() => answer),
  };
  const files = { 'release.yaml': `${manifest}corpus: corpus.jsonl\n`, 'corpus.jsonl': corpus };
  expect(await triedWith({ engine }, files)).toMatchObject({
    kind: 'refused',
    check: 'corpus',
    findings: [{ code: 'corpus_flip', detail: `Case d-1 (bot, crm.read) ${said}` }],
  });
});
