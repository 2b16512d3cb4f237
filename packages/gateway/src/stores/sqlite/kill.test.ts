import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqliteLog } from './log/decision-log.ts';
import { openSqliteReader } from './reader/decision-reader.ts';

/** How often a writer is killed; 1,000 with BAILIFF_KILLS=1000. */
const KILLS = Number(process.env.BAILIFF_KILLS ?? 100);
/** Stores that are written and killed side by side. */
const LANES = 4;
/** A durable writer lives this long after its first acknowledgement, at random; a buffered one for some windows. */
const LIFE_MS_MAX = 60;

const APPENDER = fileURLToPath(new URL('./testing/appender.ts', import.meta.url));
const NEVER = new AbortController().signal;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kill-'));
});
afterEach(() => rm(folder, { recursive: true }));

interface Life {
  /** Acknowledged decisions, in order, and when each was. */
  readonly decided: readonly { readonly id: string; readonly ms: number }[];
  readonly closed: readonly string[];
}

/** Starts a writer, kills it at a random instant while it writes, and gives what it had acknowledged. */
async function liveAndDie(
  file: string,
  mode: 'durable' | 'buffered',
  prefix: string,
  bufferMs: number,
): Promise<Life> {
  await rm(`${file}.acknowledged`, { force: true });
  const child = spawn(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    APPENDER,
    file,
    mode,
    prefix,
    String(bufferMs),
  ]);
  const closed = once(child, 'close');
  const complaints = text(child.stderr);
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  await delay(Math.random() * (mode === 'durable' ? LIFE_MS_MAX : 2 * bufferMs));
  child.kill('SIGKILL');
  await closed;
  expect(await complaints).toBe('');
  const lines = (await readFile(`${file}.acknowledged`, 'utf8'))
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split(' '));
  return {
    decided: lines.filter(([what]) => what === 'decided').map(([, id = '', ms]) => ({ id, ms: Number(ms) })),
    closed: lines.filter(([what]) => what === 'closed').map(([, id = '']) => id),
  };
}

/** What a store holds after it was opened once more. */
async function afterRestart(file: string) {
  await using log = await openSqliteLog({ file, buffer_ms: 50, queue_max: 100, write_timeout_ms: 5_000 });
  await using reader = await openSqliteReader({ file, catchUp: () => log.catchUp() });
  const verification = await reader.verify(() => {}, NEVER);
  using database = new DatabaseSync(file, { readOnly: true });
  const rows = database
    .prepare(`SELECT decision_id AS id, kind, document ->> '$.result' AS result FROM log ORDER BY seq`)
    .all();
  return {
    verification,
    decisions: rows.filter(({ kind }) => kind === 'decision'),
    outcomes: rows.filter(({ kind }) => kind === 'outcome'),
  };
}

test(
  `after SIGKILL at ${KILLS} random instants every acknowledged decision is there once, the chain holds, and nothing stays open`,
  async () => {
    const lane = async (number: number) => {
      const file = join(folder, `${number}.db`);
      const lives: Life[] = [];
      for (let kill = number; kill < KILLS; kill += LANES)
        lives.push(await liveAndDie(file, 'durable', `k${kill}`, 50));

      const { verification, decisions, outcomes } = await afterRestart(file);
      expect(verification).toMatchObject({ kind: 'intact', entries: decisions.length + outcomes.length });
      const decided = decisions.map(({ id }) => id);
      expect(new Set(decided).size, 'each once').toBe(decided.length);
      const acknowledged = lives.flatMap((life) => life.decided.map(({ id }) => id));
      expect(new Set(acknowledged).difference(new Set(decided)), 'acknowledged and missing').toEqual(
        new Set(),
      );
      expect(outcomes.map(({ id }) => id).sort(), 'one outcome each').toEqual(decided.toSorted());
      const closed = new Set(lives.flatMap((life) => life.closed));
      const unknown = outcomes.filter(({ result }) => result === 'unknown').map(({ id }) => String(id));
      expect(unknown.length).toBeGreaterThan(0);
      const neverClosed = outcomes.filter(
        ({ id }) => !closed.has(String(id)) && Number(String(id).split('-')[1]) % 7 === 0,
      );
      expect(neverClosed.every(({ result }) => result === 'unknown')).toBe(true);
      return acknowledged.length;
    };
    const acknowledged = await Promise.all(Array.from({ length: LANES }, (_, number) => lane(number)));
    expect(acknowledged.every((count) => count > 0)).toBe(true);
  },
  KILLS * 3_000,
);

test('after SIGKILL a buffered record lacks at most the stated window, and only its end', async () => {
  const bufferMs = 400;
  for (let kill = 0; kill < 4; kill += 1) {
    const file = join(folder, `buffered-${kill}.db`);
    const { decided } = await liveAndDie(file, 'buffered', `b${kill}`, bufferMs);
    const { verification, decisions } = await afterRestart(file);
    expect(verification.kind).toBe('intact');
    const kept = new Set(decisions.map(({ id }) => id));
    // Acknowledged in the order in which they were taken: what is kept is a beginning of it.
    const order = decided.map(({ id }) => id).filter((id) => kept.has(id));
    expect(decided.slice(0, order.length).map(({ id }) => id)).toEqual(order);
    const lostMs = decided.filter(({ id }) => !kept.has(id)).map(({ ms }) => ms);
    expect(Math.max(0, Math.max(...lostMs) - Math.min(...lostMs)), 'a window’s worth').toBeLessThanOrEqual(
      bufferMs,
    );
  }
});
