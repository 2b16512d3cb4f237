import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import type { RecordEntry, Release, ReleaseRule } from '@bailiff/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sampleDecision, sampleOutcome, sampleRefusal } from '../../record/testing/sample-entries.ts';
import { openSqliteLog } from '../../stores/sqlite/log/decision-log.ts';
import { decisionsCommand } from '../decisions.ts';
import { momentOf } from './moment.ts';
import { table, visible } from './terminal.ts';

const NEVER = new AbortController().signal;
const CLI = fileURLToPath(new URL('../../cli.ts', import.meta.url));
const HOUR_MS = 3_600_000;

let folder: string;
const nowMs = Date.now();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'commands-'));
  await using log = await openSqliteLog({
    file: join(folder, 'decisions.db'),
    buffer_ms: 20,
    queue_max: 100,
    write_timeout_ms: 5_000,
  });
  const rule = (id: string) =>
    [
      id,
      {
        id,
        bundle: 'compliance',
        kind: 'deny',
        mode: 'enforce',
        title: `Title of ${id}`,
        owner: 'privacy',
        reason: 'x',
      } as ReleaseRule,
    ] as const;
  const rules = new Map([rule('compliance.user_data_access'), rule('compliance.residency')]);
  await log.rememberRelease(
    {
      policyVersion: '1.4.7+0123456789ab',
      digest: 'f'.repeat(64),
      data: { bundles: {} },
      rules,
    } as unknown as Release,
    NEVER,
  );
  const entries: RecordEntry[] = [
    sampleDecision({ id: 'd-allow', atMs: nowMs - 2 * HOUR_MS }),
    sampleOutcome('d-allow', 'forwarded', nowMs),
    sampleDecision({
      id: 'd-deny',
      atMs: nowMs - 1_000,
      user: 'lee',
      outcome: 'deny',
      rules: ['compliance.user_data_access'],
      reasons: ['data_class_unauthorized_for_user'],
      args: { note: 'look \u202ehere \u001b[31m', id: 7 },
    }),
    sampleOutcome('d-deny', 'refused', nowMs),
    sampleRefusal('d-refused', nowMs - 500),
  ];
  for (const entry of entries) await log.append(entry, { durable: true }, NEVER);
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs the real command line on the record, without colours. */
const bailiffProcess = (command: string, ...args: string[]) =>
  spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', CLI, command, '--data-dir', folder, ...args],
    {
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined },
    },
  );

async function bailiff(
  command: string,
  ...args: string[]
): Promise<{ code: number; out: string; error: string }> {
  const child = bailiffProcess(command, ...args);
  const [out, error, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { code, out: stripVTControlCharacters(out), error };
}

describe('bailiff decisions', () => {
  test('lists newest first, with the outcome in a word and a mark', async () => {
    const { out } = await bailiff('decisions');
    const lines = out.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^TIME \(UTC\) +OUTCOME +AGENT +USER +TARGET +MS +BECAME +ID +REASONS$/);
    expect(lines[1]).toMatch(/✗ refused .*POST \/mcp\/crm.*d-refused +unauthenticated$/);
    expect(lines[2]).toMatch(
      /✗ deny +support-bot +lee +crm\.read +1\.5 +refused +d-deny +data_class_unauthorized_for_user$/,
    );
    expect(lines[3]).toMatch(/✓ allow +support-bot +mara .* forwarded +d-allow /);
  });

  test('takes every filter as an option', async () => {
    const options = [
      '--since',
      '1h',
      '--until',
      '2100-01-01',
      '--agent',
      'support-bot',
      '--team',
      'cx',
      '--user',
      'lee',
      '--conversation',
      'c-81',
      '--server',
      'crm',
    ];
    options.push(
      '--tool',
      'crm.read',
      '--rule',
      'compliance.user_data_access',
      '--reason',
      'data_class_unauthorized_for_user',
      '--outcome',
      'deny',
    );
    options.push(
      '--result',
      'refused',
      '--policy-version',
      '1.4.7+0123456789ab',
      '--data-class',
      'customer_data',
      '--latency-over',
      '1',
      '--text',
      'look here',
      '--json',
    );
    const { out } = await bailiff('decisions', ...options);
    expect(JSON.parse(out)).toMatchObject({
      decisions: [{ decision_id: 'd-deny', outcome: 'deny', user: 'lee', result: 'refused' }],
      next_before: null,
    });
    expect((await bailiff('decisions', ...options, '--agent', 'nobody')).out).toContain('"decisions": []');
  });

  test.each([
    [['--limit', '0'], 'from 1 to 500'],
    [['--limit', '501'], 'from 1 to 500'],
    [['--limit', '-1'], 'from 1 to 500'],
    [['--limit', '1.5'], 'from 1 to 500'],
    [['--before', '1.5'], 'whole number'],
    [['--before', '9'.repeat(20)], 'whole number'],
    [['--latency-over', 'NaN'], 'Give a number'],
    [['--since', '2026-02-30'], 'Give a time as'],
    [['--until', '999999999w'], 'Give a time as'],
    [['--since', '1h', '--until', '2h'], '--until is not after --since'],
    [['--agent', ''], 'from 1 to 512 characters'],
    [['--tool', 'x'.repeat(513)], 'from 1 to 512 characters'],
    [['--text', '" *'], 'at least one word'],
    [['--outcome', 'allowed'], 'allow, deny, approval_required, refused'],
  ])('refuses %j and says what it takes', async (args, message) => {
    const command = decisionsCommand()
      .exitOverride()
      .configureOutput({ writeErr: () => undefined });
    await expect(command.parseAsync(['--data-dir', folder, ...args], { from: 'user' })).rejects.toThrow(
      message,
    );
  });

  test('says where to go on when there is more', async () => {
    const { out } = await bailiff('decisions', '--limit', '1');
    const before = /--before (\d+)/.exec(out)?.[1] ?? '';
    expect((await bailiff('decisions', '--limit', '1', '--before', before)).out).toContain('d-deny');
  });

  test('follows what is decided, one JSON object a line, until it is stopped', async () => {
    await using log = await openSqliteLog({
      file: join(folder, 'decisions.db'),
      buffer_ms: 20,
      queue_max: 100,
      write_timeout_ms: 5_000,
    });
    const child = bailiffProcess('decisions', '--follow', '--json', '--limit', '1', '--user', 'follower');
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const appending = setInterval(() => {
      void log.append(
        sampleDecision({ id: `f-${performance.now()}`, user: 'follower', atMs: nowMs }),
        { durable: false },
        NEVER,
      );
    }, 50);
    const first = JSON.parse(String((await lines.next()).value));
    clearInterval(appending);
    expect(first).toMatchObject({ user: 'follower', outcome: 'allow' });
    child.kill('SIGINT');
    expect((await once(child, 'close'))[0]).toBe(0);
  });
});

describe('bailiff decisions show', () => {
  test('tells a denial to a person: who asked what, the answer, whose rules, what became of it, where it stands', async () => {
    const { out } = await bailiff('decisions', 'show', 'd-deny');
    for (const told of [
      '✗ deny Denied: the user is not cleared for customer data.',
      'agent support-bot 3.2.0 of team cx, for user lee; proven by jwt jti-1 of https://issuer.example',
      'tool_call crm.read',
      'customer_data (by tool)',
      'data_class_unauthorized_for_user',
      'compliance.user_data_access (deny): Title of user data access',
      'owner privacy, appeal https://tickets.example/privacy',
      'refused; nothing was forwarded',
      '1.4.7+0123456789ab, row 2',
      'context 0 ms, decision 1.5 ms',
      'entry 3 (decision)',
      'entry 4 (outcome)',
    ]) {
      expect(out).toContain(told);
    }
    expect(out, 'what steers a terminal is made visible').toContain('look \\u{202e}here \\u001b[31m');
  });

  test('gives the entries as they are recorded with --json, wherever the options stand', async () => {
    const { out } = await bailiff('decisions', 'show', 'd-allow', '--json');
    expect(JSON.parse(out)).toMatchObject([
      { seq: 1, entry: { kind: 'decision' } },
      { seq: 2, entry: { kind: 'outcome' } },
    ]);
  });

  test('tells a request that was refused before a decision', async () => {
    expect((await bailiff('decisions', 'show', 'd-refused')).out).toMatch(
      /✗ refused before there was a decision: A valid credential is required[\s\S]*POST \/mcp\/crm/,
    );
  });

  test('says when there is no such decision', async () => {
    expect(await bailiff('decisions', 'show', 'nothing')).toMatchObject({
      code: 2,
      error: 'There is no decision nothing in this record.\n',
    });
  });
});

describe('bailiff stats', () => {
  test('counts the last day: rate, latency, reasons, and the rules that never fired', async () => {
    const { out } = await bailiff('stats', '--json');
    expect(JSON.parse(out)).toMatchObject({
      denied: 1,
      refused: 1,
      latency_ms: { p50: expect.closeTo(1.5, 0) },
      reasons: expect.arrayContaining([{ reason: 'unauthenticated', count: 1 }]),
      policy_version: '1.4.7+0123456789ab',
      rules_never_fired: [
        { id: 'compliance.residency', owner: 'privacy', title: 'Title of compliance.residency' },
      ],
    });
    const told = (await bailiff('stats')).out;
    expect(told).toMatch(/deny +1 \(\d+\.\d %\)/);
    expect(told).toMatch(/refused +1 requests before a decision/);
    expect(told).toMatch(
      /never fired\n +RULE +OWNER +TITLE\n +compliance\.residency +privacy +Title of compliance\.residency/,
    );
  });

  test('refuses a time that is none', async () => {
    expect(await bailiff('stats', '--since', 'lately')).toMatchObject({
      code: 2,
      error: expect.stringContaining('Give a time as'),
    });
  });
});

describe('bailiff verify', () => {
  test('follows the whole chain and gives its last hash', async () => {
    const { code, out } = await bailiff('verify', '--reindex');
    expect(code).toBe(0);
    expect(out).toMatch(/✓ intact: \d+ entries, the last with hash [0-9a-f]{64}/);
    expect(out).toContain('All indexes were made again.');
    expect((await bailiff('decisions', '--user', 'lee')).out).toContain('d-deny');
  });

  test('names the first bad entry and exits with 1', async () => {
    using database = new DatabaseSync(join(folder, 'decisions.db'));
    database.exec(`UPDATE log SET document = replace(document, 'lee', 'mia') WHERE seq = 3`);
    expect(await bailiff('verify')).toMatchObject({
      code: 1,
      out: expect.stringContaining('✗ broken at entry 3: '),
    });
    database.exec(`UPDATE log SET document = replace(document, 'mia', 'lee') WHERE seq = 3`);
    expect((await bailiff('verify', '--json')).code).toBe(0);
  });

  test('says where it looked when there is no record', async () => {
    const { code, error } = await bailiff('verify', '--data-dir', join(folder, 'none'));
    expect(code).toBe(2);
    expect(error).toContain('A gateway makes one when it starts');
  });
});

describe('moments', () => {
  test.each([
    ['90s', 90_000],
    ['15m', 900_000],
    ['1h', 3_600_000],
    ['7d', 604_800_000],
    ['2w', 1_209_600_000],
  ])('%s is that long ago', (told, ago) => {
    expect(momentOf(told, 2_000_000_000_000)).toBe(2_000_000_000_000 - ago);
  });

  test('a time is itself, in UTC where it names no zone as a date', () => {
    expect(momentOf('2026-11-22T13:45Z')).toBe(Date.UTC(2026, 10, 22, 13, 45));
    expect(momentOf('2026-11-22')).toBe(Date.UTC(2026, 10, 22));
  });

  test.each([
    '',
    'now',
    '5',
    '-1h',
    'yesterday',
    '2026-13-45',
    '2026-02-30',
    '999999999w',
    '1969-12-31',
  ])('%j is none', (told) => {
    expect(() => momentOf(told)).toThrow('Give a time');
  });
});

describe('text for a terminal', () => {
  test('shows what steers it or hides text', () => {
    expect(visible('a\u001b[2Jb\u202ec\u200bd\ne\u2028f')).toBe(
      'a\\u{1b}[2Jb\\u{202e}c\\u{200b}d\\u{a}e\\u{2028}f',
    );
  });

  test('stands in columns as wide as their widest cell', () => {
    expect(
      table(
        [{ heading: 'A' }, { heading: 'N', end: true }],
        [
          ['long', '1'],
          ['b', '22'],
        ],
      ),
    ).toBe('A      N\nlong   1\nb     22\n');
  });
});
