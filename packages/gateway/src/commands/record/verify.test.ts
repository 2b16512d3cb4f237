import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import pc from 'picocolors';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sampleDecision, sampleOutcome } from '../../record/testing/sample-entries.ts';
import { makeDataFolder } from '../../stores/data-folder.ts';
import { secretFile } from '../../stores/secret-file.ts';
import { openSqliteLog } from '../../stores/sqlite/log/decision-log.ts';
import { decisionsAsTheyCome } from './tell-decisions.ts';

const NEVER = new AbortController().signal;
const CLI = fileURLToPath(new URL('../../cli.ts', import.meta.url));

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'verify-'));
  file = join(folder, 'decisions.db');
});
afterEach(() => rm(folder, { recursive: true }));

function bailiff(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', CLI, ...args],
    { encoding: 'utf8', env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined } },
  );
  return { code: status, out: stripVTControlCharacters(stdout), error: stderr };
}
const verify = (...args: string[]) => bailiff('verify', '--data-dir', folder, ...args);

describe('bailiff verify', () => {
  test('finds an index that was edited, says how to mend it, and that the entries are right', async () => {
    {
      await using log = await openSqliteLog({ file, buffer_ms: 20, queue_max: 10, write_timeout_ms: 5_000 });
      await log.append(sampleDecision({ id: 'd-1', outcome: 'deny' }), { durable: true }, NEVER);
      await log.append(sampleOutcome('d-1', 'refused'), { durable: true }, NEVER);
    }
    expect(verify()).toMatchObject({ code: 0, out: expect.stringContaining('✓ intact: the index') });
    {
      using database = new DatabaseSync(file);
      database.exec(`UPDATE summary SET outcome = 'allow'`);
    }
    const found = verify();
    expect(found).toMatchObject({ code: 1, out: expect.stringContaining('✓ intact: 2 entries') });
    expect(found.out).toMatch(/✗ index differs .* summary.*bailiff verify --reindex/s);
    expect(JSON.parse(verify('--json').out)).toMatchObject({ kind: 'intact', index: { kind: 'differs' } });
    expect(verify('--no-index').code).toBe(0);
    expect(verify('--reindex').code).toBe(0);
    expect(verify().code).toBe(0);
  });

  test.each<[string, string | undefined, RegExp]>([
    ['of 0 bytes', '', /decisions\.db is empty \(0 bytes\)/],
    ['that is no database', 'something else, of somebody’s', /decisions\.db is no record/],
    ['that is a folder', undefined, /decisions\.db: The store’s file is a folder/],
  ])('takes a file %s for no record, and leaves it alone', async (_what, content, message) => {
    if (content === undefined) await mkdir(file);
    else await writeFile(file, content);
    const { code, out, error } = verify();
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(error).toMatch(message);
    expect(error, 'no stack').not.toMatch(/\n {4}at /);
    if (content !== undefined) expect((await stat(file)).size).toBe(Buffer.byteLength(content));
  });
});

describe('a data folder', () => {
  test('is its owner’s only, also where a token is what makes it', async () => {
    const config = join(folder, 'bailiff.yaml');
    const data = join(folder, 'data');
    await writeFile(
      config,
      JSON.stringify({
        policy: { directory: '.' },
        data_dir: data,
        identity: { development_issuer: true },
      }),
    );
    const { code, error } = bailiff('token', '--agent', 'a', '--config', config);
    expect({ code, error }).toEqual({ code: 0, error: '' });
    expect((await stat(data)).mode & 0o777).toBe(0o700);
  });

  test.each([
    ['is a file', '', 'is a file and no folder'],
    ['leads through a file', '/data', 'leads through a file'],
  ])('that %s is refused with its path and what to do', async (_what, below, problem) => {
    const path = join(folder, 'file');
    await writeFile(path, '');
    await expect(makeDataFolder(`${path}${below}`)).rejects.toMatchObject({
      code: 'configuration_invalid',
      detail: expect.stringMatching(
        new RegExp(`^data_dir: ${path}${below} ${problem}.* Set data_dir to another`),
      ),
    });
  });

  test('in which a secret is a folder is refused with the path', async () => {
    await mkdir(join(folder, 'mask.key'), { mode: 0o700 });
    await expect(secretFile(folder, 'mask.key')).rejects.toMatchObject({
      code: 'configuration_invalid',
      detail: expect.stringContaining(`${join(folder, 'mask.key')} cannot be used`),
    });
  });
});

test('records that come one by one stand in the columns of those before them', () => {
  const tell = decisionsAsTheyCome(pc.createColors(false));
  const record = (agent: string, target: string) => ({
    seq: 1,
    decisionId: '01890000-0000-7000-8000-000000000000',
    atMs: 0,
    agent,
    user: '',
    server: 'crm',
    target,
    outcome: 'allow' as const,
    reasons: ['granted'],
    latencyMs: 1,
    policyVersion: '',
    isList: false,
    simulated: false,
    result: null,
  });
  const lines = [
    [],
    [record('a', 'crm.read')],
    [record('support-bot', 'crm.delete_customer')],
    [record('b', 'x')],
  ]
    .map(tell)
    .join('')
    .trimEnd()
    .split('\n');
  expect(lines).toHaveLength(4);
  const column = lines[0]?.indexOf('REASONS');
  for (const line of lines.slice(1)) expect(line.indexOf('granted')).toBe(column);
});
