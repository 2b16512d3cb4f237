import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { sampleCase } from '../../../distribution/corpus/testing/sample-case.ts';
import {
  metadata,
  OPA,
  type SampleRelease,
  sampleRelease,
} from '../../../distribution/testing/sample-release.ts';
import { sampleDecision } from '../../../record/testing/sample-entries.ts';
import { openSqliteLog } from '../../../stores/sqlite/log/decision-log.ts';
import { type PolicyBenchOptions, policyBench } from './policy-bench.ts';

beforeAll(() => {
  process.env.BAILIFF_OPA = OPA;
});

const SLOW = `package policy.compliance

${metadata('slow')}deny contains "slow" if {
	some n in numbers.range(1, 400)
	n % 2 == 5
}

${metadata('helped')}deny contains "helped" if helped

helped if {
	some n in numbers.range(1, 40)
	n == 0
}
`;
const CASES = `given: { agent: { id: bot }, user: { id: mara } }
cases:
  - { when: a call, input: { action: { tool: crm.read, args: { rows: 5 } } }, answer: { outcome: allow } }
`;

interface Told {
  readonly inputs: number;
  readonly from: string;
  readonly rules: readonly {
    readonly name: string;
    readonly kind: string;
    readonly file: string;
    readonly row: number;
    readonly share: number;
  }[];
  readonly engines: readonly {
    readonly engine: string;
    readonly decisions: number;
    readonly failed: number;
    readonly p50_ms: number;
    readonly p99_ms: number;
  }[];
}

async function bench(sample: SampleRelease, options: Partial<PolicyBenchOptions> = {}): Promise<Told> {
  const { exitCode, out } = await policyBench(sample.directory, { top: 20, json: true, ...options });
  expect(exitCode).toBe(0);
  return JSON.parse(out) as Told;
}

test('tells what each rule costs, the slowest first, helpers by themselves, and the times of both engines', async () => {
  await using sample = await sampleRelease({ 'compliance/slow.rego': SLOW, 'cases/all.yaml': CASES });
  const { inputs, from, rules, engines } = await bench(sample);
  expect([inputs, from]).toEqual([1, '1 cases']);
  expect(rules.filter(({ kind }) => kind !== 'kernel')[0]).toMatchObject({
    name: 'compliance.slow',
    kind: 'rule',
    file: expect.stringMatching(/slow\.rego$/),
    row: 8,
  });
  expect(rules.find(({ name }) => name === 'data.policy.compliance.helped')).toMatchObject({
    kind: 'helper',
    row: 20,
  });
  expect(rules.find(({ kind }) => kind === 'kernel')?.name).toBe('kernel');
  expect(rules.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
  expect(engines.map(({ engine, failed }) => [engine, failed])).toEqual([
    ['embedded', 0],
    ['sidecar', 0],
  ]);
  for (const { p50_ms, p99_ms, decisions } of engines) {
    expect(p99_ms).toBeGreaterThanOrEqual(p50_ms);
    expect(decisions).toBeGreaterThan(0);
  }
  const { out } = await policyBench(sample.directory, { top: 1 });
  expect(out).toMatch(/compliance\.slow .*slow\.rego:8\n… and \d+ more with /);
});

test('decides an input that is named, whole or short, or recorded ones', async () => {
  await using sample = await sampleRelease();
  const { input } = sampleCase({ id: 'x' });
  const file = join(sample.directory, '..', 'input.json');
  await writeFile(file, JSON.stringify(input));
  expect(await bench(sample, { input: file })).toMatchObject({ inputs: 1, from: file });
  await writeFile(file, '{"agent": {"id": "bot"}}');
  const refused = await policyBench(sample.directory, { top: 20, input: file });
  expect([refused.exitCode, refused.error]).toEqual([
    1,
    `${relative('', file)}:1: case_input_invalid: Nothing says what is acted on. — Name a \`tool\`, a \`model\`, a \`subagent\`, or a \`resource\` or \`prompt\` of a \`server\`.\nrefused: 1 finding\n`,
  ]);
  for (const [text, words] of [
    [
      '{"agent": {"id": "bot"},\n"actoin": {"tool": "crm.read"}}',
      ':2: .*`actoin` is no key.*`action` is the nearest',
    ],
    [
      '{"agent": {"id": "bot"}, "action": {"tol": "crm.read"}}',
      ':1: .*`action.tol` is no key.*`tool` is the nearest',
    ],
  ] as const) {
    await writeFile(file, text);
    const misspelt = await policyBench(sample.directory, { top: 20, input: file });
    expect(misspelt.error).toMatch(new RegExp(`^\\S*input\\.json${words}`));
    expect(misspelt.error.startsWith(relative('', file))).toBe(true);
  }
  const log = await openSqliteLog({
    file: join(sample.directory, 'decisions.db'),
    ...{ buffer_ms: 20, queue_max: 100, write_timeout_ms: 5_000 },
  });
  await log.append(sampleDecision({ id: 'd-1' }), { durable: true }, new AbortController().signal);
  await log[Symbol.asyncDispose]();
  expect(await bench(sample, { fromRecord: 5, dataDir: sample.directory })).toMatchObject({
    from: '1 recorded decisions',
  });
  // Its record is that of its own gateway, and nobody else’s.
  await expect(policyBench(sample.directory, { top: 20, fromRecord: 5 })).rejects.toMatchObject({
    code: 'bad_request',
    detail: expect.stringMatching(/names .* as its policy folder.*--config.*--data-dir/),
  });
  const config = `policy: { directory: ${JSON.stringify(sample.directory)} }\ndata_dir: ${JSON.stringify(sample.directory)}\n`;
  await writeFile(join(sample.directory, '..', 'bailiff.yaml'), config);
  expect(await bench(sample, { fromRecord: 5 })).toMatchObject({ from: '1 recorded decisions' });
});

test('says so where there is nothing to decide', async () => {
  await using sample = await sampleRelease();
  await expect(policyBench(sample.directory, { top: 20 })).rejects.toMatchObject({
    code: 'bad_request',
    detail: expect.stringContaining('--input'),
  });
  await expect(policyBench(join(sample.directory, 'compliance'), { top: 20 })).rejects.toMatchObject({
    code: 'bad_request',
  });
});
