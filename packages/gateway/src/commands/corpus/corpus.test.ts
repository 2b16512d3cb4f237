import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type DecisionEntry, Input, type JsonObject, KernelAnswer } from '@bailiff/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCases } from '../../../../../conformance/case.ts';
import { ENGINES } from '../../../../../conformance/engines.ts';
import { completeForCompany, exampleRelease } from '../../../../../conformance/example-company.ts';
import { corpusText } from '../../distribution/corpus/corpus-file.ts';
import { opaTestsOf } from '../../distribution/corpus/opa-tests.ts';
import { sampleCase } from '../../distribution/corpus/testing/sample-case.ts';
import { BundleFailure } from '../../distribution/finding.ts';
import { KERNEL, metadata, OPA, sampleRelease } from '../../distribution/testing/sample-release.ts';
import type { RememberedRelease } from '../../record/reader.ts';
import { sampleDecision, sampleRefusal } from '../../record/testing/sample-entries.ts';
import { openSqliteLog } from '../../stores/sqlite/log/decision-log.ts';
import { openSqliteReader } from '../../stores/sqlite/reader/decision-reader.ts';
import { acceptFlips, checkFile } from './check.ts';
import { corpusIn } from './checked-release.ts';
import { casesOf, savedRelease, tellSaved } from './save.ts';
import { tellCheck } from './tell-check.ts';

const NEVER = new AbortController().signal;
const CLI = fileURLToPath(new URL('../../cli.ts', import.meta.url));
const PLAIN = {
  green: (text: string) => text,
  red: (text: string) => text,
  yellow: (text: string) => text,
  bold: (text: string) => text,
  dim: (text: string) => text,
};
const GRANTED = { outcome: 'allow', rules: ['identity.agent_known', 'resource.tool_granted'] } as const;
const ALLOWED = sampleCase({ id: 'd-allowed', ...GRANTED });
const DENIED = sampleCase({
  id: 'd-denied',
  args: { rows: 51 },
  outcome: 'deny',
  reasons: ['too_many_rows'],
  rules: ['compliance.rows', ...GRANTED.rules],
});

let folder: string;
beforeAll(async () => {
  process.env.BAILIFF_OPA = OPA;
  folder = await mkdtemp(join(tmpdir(), 'corpus-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function corpusFile(name: string, ...cases: (typeof ALLOWED)[]): Promise<string> {
  const file = join(folder, name);
  const savedAt = '2026-11-22T13:45:00.000Z';
  await writeFile(file, corpusText({ savedAt, policyVersion: '1.2.3+0123456789ab', cases }));
  return file;
}

/** Records entries, and gives what is saved of them. */
async function savedOf(
  entries: Parameters<typeof recorded>[0],
  options: { all?: boolean; limit?: number; policyVersion?: string } = {},
) {
  await using reader = await recorded(entries);
  const { all = false, limit = 500, policyVersion } = options;
  return await casesOf(reader.reader, { filter: {}, policyVersion, limit, all, tags: ['tagged'] }, NEVER);
}

async function recorded(entries: readonly (DecisionEntry | ReturnType<typeof sampleRefusal>)[]) {
  const directory = await mkdtemp(join(folder, 'record-'));
  const file = join(directory, 'decisions.db');
  const log = await openSqliteLog({ file, buffer_ms: 20, queue_max: 10_000, write_timeout_ms: 5_000 });
  for (const entry of entries) await log.append(entry, { durable: true }, NEVER);
  const reader = await openSqliteReader({ file, catchUp: () => log.catchUp() });
  return {
    reader,
    directory,
    async [Symbol.asyncDispose]() {
      await reader[Symbol.asyncDispose]();
      await log[Symbol.asyncDispose]();
    },
  };
}

describe('saving', () => {
  test('takes the newest of those that are alike, and leaves out what nobody can decide again', async () => {
    const masked = {
      ...sampleDecision({ id: 'd-3' }),
      masked: [{ path: '/action/args/id', strategy: 'hash' as const }],
    };
    const saved = await savedOf([
      sampleDecision({ id: 'd-1' }),
      sampleDecision({ id: 'd-2', args: { id: 9 } }),
      masked,
      { ...sampleDecision({ id: 'd-4' }), list: { candidates: 1, visible: [] } },
      sampleDecision({ id: 'd-5', outcome: 'deny', reasons: ['policy_unavailable'], resolution: 1 }),
      sampleDecision({ id: 'd-6', outcome: 'deny', reasons: ['budget_exceeded'] }),
      sampleDecision({ id: 'd-7', outcome: 'deny', reasons: ['x'], rules: ['compliance.x'] }),
      sampleDecision({ id: 'd-8', tool: 'update' }),
      sampleRefusal('d-9'),
    ]);
    expect(saved.cases.map(({ id }) => id).sort()).toEqual(['d-2', 'd-7', 'd-8']);
    expect(saved.cases[0]?.tags).toEqual(['tagged']);
    expect(saved).toMatchObject({ looked: 9, alike: 1, policyVersion: '1.4.7+0123456789ab' });
    expect(Object.fromEntries(saved.leftOut)).toEqual({ masked: 1, list: 1, undecided: 2 });
    expect(tellSaved(saved, { file: 'c.jsonl', policyVersion: undefined })).toContain(
      '1 left out: each has masked fields',
    );
  });

  test('takes what one release decided, and says how many records others did', async () => {
    const policyVersion = '2.0.0+0123456789ab';
    const saved = await savedOf(
      [
        sampleDecision({ id: 'd-1' }),
        sampleDecision({ id: 'd-2', tool: 'update', policyVersion }),
        sampleDecision({ id: 'd-3' }),
        sampleRefusal('d-4'),
      ],
      { policyVersion },
    );
    expect(saved.cases.map(({ id }) => id)).toEqual(['d-2']);
    expect(saved).toMatchObject({ looked: 1, ofOthers: 2, policyVersion });
    expect(tellSaved(saved, { file: 'c.jsonl', policyVersion })).toBe(
      `1 cases of 1 records that ${policyVersion} decided saved to c.jsonl\n  2 were decided by other releases (--release NAME takes those of one, --release any of all)\n`,
    );
  });

  test('is of the release that decides, unless another is named, which the record has to know', async () => {
    const known = ['1.0.0+a', '2.0.0+b'];
    const reader = {
      release: async (version: string | undefined) => {
        const found = known.find((one) => one === (version ?? known.at(-1)));
        return found === undefined ? undefined : ({ policyVersion: found } as RememberedRelease);
      },
    };
    expect(await savedRelease(reader, undefined, NEVER)).toBe('2.0.0+b');
    expect(await savedRelease(reader, '1.0.0+a', NEVER)).toBe('1.0.0+a');
    expect(await savedRelease(reader, 'any', NEVER)).toBeUndefined();
    await expect(savedRelease(reader, '3.0.0', NEVER)).rejects.toMatchObject({
      code: 'bad_request',
      detail: expect.stringMatching(/knows no release 3\.0\.0\..*as 2\.0\.0\+b/),
    });
  });

  test('takes all where all are asked for, and no more than the limit', async () => {
    const entries = ['d-1', 'd-2', 'd-3'].map((id) => sampleDecision({ id }));
    expect((await savedOf(entries, { all: true })).cases).toHaveLength(3);
    expect(await savedOf(entries, { all: true, limit: 2 })).toMatchObject({ endedBy: 'limit' });
  });
});

describe('checking in a real OPA', () => {
  test('a release that decides as it was decided passes', async () => {
    await using sample = await sampleRelease();
    const file = await corpusFile('same.jsonl', ALLOWED, DENIED);
    const { check } = await checkFile(file, { release: sample.directory }, NEVER);
    expect(check).toMatchObject({ outcome: 'passed', cases: 2, flips: [], explainedOtherwise: [] });
    expect(tellCheck(check, PLAIN)).toBe('✓ All 2 cases are decided as they were.\n');
  });

  test('flips are found, with the rules that made them, and accepted once they are named', async () => {
    await using sample = await sampleRelease({
      'compliance/data.yaml': 'rows_max: 10\n',
      'servers/crm/frozen.rego': `package servers.crm\n\n${metadata('frozen')}deny contains "frozen" if input.action.tool_name == "read"\n`,
    });
    const file = await corpusFile('flips.jsonl', ALLOWED, DENIED);
    const before = await readFile(file, 'utf8');
    const checked = await checkFile(file, { release: sample.directory }, NEVER);
    expect(checked.check).toMatchObject({
      outcome: 'failed',
      flips: [{ id: 'd-allowed', appeared: ['compliance.rows', 'servers.crm.frozen'], vanished: [] }],
      explainedOtherwise: [{ id: 'd-denied', appeared: ['servers.crm.frozen'] }],
      blamed: ['compliance', 'servers/crm'],
    });
    const told = tellCheck(checked.check, PLAIN);
    expect(told).toContain('+ compliance.rows, + servers.crm.frozen');
    expect(told).toMatch(/2 {4}d-allowed {2}bot +crm\.read {2}allow → deny/);
    expect(told).toContain('1 cases have the same outcome by other rules');

    await expect(acceptFlips(checked, { kind: 'named', ids: ['nobody'] }, 0)).rejects.toMatchObject({
      detail: expect.stringContaining('nobody'),
    });
    expect(await readFile(file, 'utf8')).toBe(before);
    await acceptFlips(checked, { kind: 'named', ids: ['d-allowed'] }, Date.UTC(2026, 10, 23));
    const after = await checkFile(file, { release: sample.directory }, NEVER);
    expect(after.check).toMatchObject({ outcome: 'passed', flips: [] });
    expect(after.corpus).toMatchObject({
      savedAt: '2026-11-23T00:00:00.000Z',
      policyVersion: checked.checked.release?.policyVersion,
    });
    await acceptFlips(after, { kind: 'all' }, 0);
    expect((await checkFile(file, { release: sample.directory }, NEVER)).check.explainedOtherwise).toEqual(
      [],
    );
  }, 60_000);

  test('a case that policy fails on is a flip that cannot be accepted', async () => {
    await using sample = await sampleRelease({
      'compliance/odd.rego': `package policy.compliance\n\n${metadata('odd')}deny contains "odd" if to_number(input.action.tool) > 5\n`,
    });
    const file = await corpusFile('failing.jsonl', ALLOWED);
    const checked = await checkFile(file, { release: sample.directory }, NEVER);
    expect(checked.check).toMatchObject({
      outcome: 'failed',
      flips: [{ is: { kind: 'failed', detail: expect.stringContaining('compliance/odd.rego') } }],
    });
    await expect(acceptFlips(checked, { kind: 'all' }, 0)).rejects.toMatchObject({ code: 'bad_request' });
  });

  test('a corpus that is refused is refused before anything is built, with what to do', async () => {
    const file = join(folder, 'cut.jsonl');
    await writeFile(file, (await readFile(await corpusFile('whole.jsonl', ALLOWED), 'utf8')).slice(0, -20));
    const refused = await checkFile(file, { release: join(folder, 'nowhere') }, NEVER).catch(
      (thrown) => thrown,
    );
    expect(refused).toBeInstanceOf(BundleFailure);
    expect(refused.detail).toMatch(/cut\.jsonl:2: corpus_truncated: .* — Save it again with/);
    await expect(corpusIn(join(folder, 'absent'))).rejects.toMatchObject({ code: 'bad_request' });
  });
});

describe('as tests for plain opa', () => {
  async function opaTest(release: Uint8Array, cases: readonly (typeof ALLOWED)[]) {
    const directory = await mkdtemp(join(folder, 'opa-'));
    await writeFile(join(directory, 'release.tar.gz'), release);
    await mkdir(join(directory, 'corpus'));
    for (const [name, text] of opaTestsOf({ cases })) {
      await writeFile(join(directory, 'corpus', name), text);
    }
    const args = ['test', '--bundle', 'release.tar.gz', 'corpus', '--format', 'json'];
    const run = await promisify(execFile)(OPA, args, { cwd: directory }).catch((error) => error);
    const results = JSON.parse(run.stdout) as { name: string; fail?: boolean; error?: unknown }[];
    return results
      .map(({ name, fail, error }) => [name, error ?? (fail === true ? 'failed' : 'passed')])
      .sort();
  }

  test('they pass over the composed release, and fail where it decides otherwise', async () => {
    await using sample = await sampleRelease();
    const { release } = await sample.build(KERNEL);
    const wrong = {
      ...ALLOWED,
      id: 'wrong "one"\n',
      expect: { ...ALLOWED.expect, outcome: 'deny' as const },
    };
    expect(await opaTest(release.bundle, [ALLOWED, DENIED, wrong])).toEqual([
      ['test_00001_d_allowed', 'passed'],
      ['test_00002_d_denied', 'passed'],
      ['test_00003_wrong_one_', 'failed'],
    ]);
  });

  test('those of the example company pass over its release', async () => {
    const release = await exampleRelease();
    const [engine] = ENGINES;
    await using opened = await (engine as (typeof ENGINES)[number]).openBundle(release.bundle);
    const inputs = readCases()
      .filter(({ release: other, entrypoint }) => other === undefined && entrypoint === 'decision')
      .map(({ input }) => completeForCompany(input as JsonObject, release));
    const cases = [];
    for (const [index, input] of inputs.entries()) {
      const evaluation = await opened.evaluate('decision', input);
      const whole = Input.safeParse(input);
      if (evaluation.kind !== 'result' || !whole.success) continue;
      const { outcome, reasons, metadata } = KernelAnswer.parse(evaluation.value);
      const expected = { outcome, reasons, matched_rules: metadata.matched_rules };
      cases.push({ id: `case-${index}`, input: whole.data, expect: expected, tags: [] });
    }
    expect(cases.length).toBeGreaterThan(40);
    const results = await opaTest(release.bundle, cases);
    expect(results).toHaveLength(cases.length);
    expect(results.filter(([, result]) => result !== 'passed')).toEqual([]);
  }, 60_000);
});

describe('the commands', () => {
  const run = async (...args: string[]) => {
    const ran = await promisify(execFile)(process.execPath, [CLI, 'corpus', ...args], {
      env: { ...process.env, NO_COLOR: '1' },
    }).catch((error) => error);
    return { code: ran.code ?? 0, out: String(ran.stdout), error: String(ran.stderr) };
  };

  test('save a record, say what flips, and write nothing where nothing matches', async () => {
    await using sample = await sampleRelease();
    const { input } = ALLOWED;
    const entry = { ...sampleDecision({ id: 'd-1', rules: GRANTED.rules }), input };
    await using record = await recorded([entry]);
    await record.reader.page({}, { limit: 1 }, NEVER); // which waits until all is indexed
    const file = join(folder, 'cli.jsonl');
    const saved = await run('save', '--data-dir', record.directory, '--agent', 'support-bot', '-o', file);
    expect(saved).toMatchObject({ code: 0, error: '', out: `1 cases of 1 records saved to ${file}\n` });
    const bundle = join(folder, 'other.tar.gz');
    await sample.write({ 'resource/data.yaml': 'tools:\n  support: []\n' });
    await writeFile(bundle, (await sample.build(KERNEL)).release.bundle);
    const flipped = await run('check', file, '--bundle', bundle);
    expect(flipped).toMatchObject({ code: 1, out: expect.stringContaining('- resource.tool_granted') });
    const unsaved = await run('save', '--data-dir', record.directory, '--agent', 'nobody', '-o', file);
    expect(unsaved).toMatchObject({ code: 1, error: expect.stringContaining('Nothing was written.') });
  }, 180_000);
});
