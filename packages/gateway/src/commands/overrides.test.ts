import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify, stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KERNEL, OPA, sampleRelease } from '../distribution/testing/sample-release.ts';
import type { OverrideReport } from '../insight/overrides.ts';
import { openSqliteLog } from '../stores/sqlite/log/decision-log.ts';
import { tellOverrides } from './overrides.ts';

const CLI = fileURLToPath(new URL('../cli.ts', import.meta.url));
const DAY_MS = 86_400_000;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'overrides-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const NOTHING: OverrideReport = {
  since: '2026-11-01T00:00:00.000Z',
  until: '2026-11-22T00:00:00.000Z',
  policy_version: '1.2.3+0123456789ab',
  counts: { future: 0, active: 0, expired: 0 },
  next_expiry: null,
  overrides: [],
  never_used: [],
  gone: [],
  dropped: [],
  weeks: [],
  allowed: 0,
  allowed_by_override: 0,
  share_of_allows: null,
};
const told = (report: Partial<OverrideReport>) =>
  stripVTControlCharacters(tellOverrides({ ...NOTHING, ...report }));

test('without overrides it says so in numbers, and invents no rate', () => {
  expect(told({})).toContain('0 in force, 0 future, 0 expired\n  next to end        –\n');
  expect(told({})).toContain('0 of 0 allowed calls since');
});

test('what was dropped is told with its reason, and that it is not known where the folder does not build', () => {
  const dropped = [{ id: 'o-9', reason: 'It ends before it begins.', file: 'overrides/data.yaml', row: 3 }];
  expect(told({ dropped })).toContain('dropped o-9 (overrides/data.yaml:3): It ends before it begins.\n');
  expect(told({ dropped: null })).toContain('`./bailiff bundle build` says why');
});

test('the command tells the overrides of the release that decides, and what its folder dropped', async () => {
  const now = Date.now();
  const window = (fromDays: number, untilDays: number) =>
    `{ not_before: "${new Date(now + fromDays * DAY_MS).toISOString()}", expires_at: "${new Date(now + untilDays * DAY_MS).toISOString()}" }`;
  const override = (id: string, times: string) =>
    `  - ${JSON.stringify({ id, lifts: ['compliance.rows'], scope: { agents: ['bot'] }, justification: 'The yearly audit takes samples larger than usual.', ticket: 'RISK-1', requested_by: 'omar', approved_by: ['ana', 'priya'] }).slice(0, -1)}, ${times.slice(1, -1)} }\n`;
  await using sample = await sampleRelease({
    'overrides/data.yaml': `overrides:\n${override('now', window(-1, 3))}${override('soon', window(1, 3))}${override('long', window(0, 20))}`,
  });
  const { release } = await sample.build(KERNEL);
  await using log = await openSqliteLog({
    file: join(folder, 'decisions.db'),
    buffer_ms: 20,
    queue_max: 100,
    write_timeout_ms: 5_000,
  });
  await log.rememberRelease(release, new AbortController().signal);
  const configuration = join(folder, 'bailiff.yaml');
  await writeFile(
    configuration,
    `data_dir: ${folder}\npolicy: { directory: ${sample.directory} }\nidentity: { development_issuer: true }\n`,
  );
  const run = promisify(execFile)(process.execPath, [CLI, 'overrides', '--config', configuration, '--json'], {
    env: { ...process.env, BAILIFF_OPA: OPA },
  });
  const report = JSON.parse((await run).stdout) as OverrideReport;
  expect(report).toMatchObject({
    policy_version: release.policyVersion,
    counts: { active: 1, future: 1, expired: 0 },
    next_expiry: { id: 'now' },
    never_used: ['now'],
    dropped: [{ id: 'long', reason: expect.stringContaining('at most 7 days') }],
  });
  expect(report.overrides.map(({ id, owners }) => [id, owners])).toEqual([
    ['now', ['owners']],
    ['soon', ['owners']],
  ]);
}, 60_000);
