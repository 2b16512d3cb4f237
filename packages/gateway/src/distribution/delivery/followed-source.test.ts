import { Failure } from '@bailiff/contract';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Fetched } from './bundle-fetcher.ts';
import { BACK_OFF_MAX_MS } from './followed-source.ts';
import { follow, found, Source, START, seconds } from './testing/followed.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: START });
});
afterEach(() => {
  vi.useRealTimers();
});

test('what a source has is handed on once, and what it has next as well', async () => {
  const fetcher = new Source();
  const { source, handed } = follow(fetcher);
  await using _source = source;
  await source.whenLooked();
  expect(handed.map(({ version, fromDisk }) => [version, fromDisk])).toEqual([['v1', false]]);
  await seconds(30);
  expect(fetcher.shown).toEqual([undefined, 'v1']);
  expect(source.status()).toEqual({
    name: 'servers/crm',
    described: 'a test',
    last_pull: { at: '2026-02-03T04:05:36.000Z', outcome: 'unchanged', detail: '' },
    next_pull_at: '2026-02-03T04:06:06.000Z',
    age_seconds: 0,
    stale: false,
    from_disk: false,
  });
  fetcher.version = 'v2';
  await seconds(30);
  expect(handed.map(({ version }) => version)).toEqual(['v1', 'v2']);
  expect(source.current()?.version).toBe('v2');
});

test('the pause is up to a tenth shorter or longer, by chance', async () => {
  for (const [chance, ms] of [
    [0, 27_000],
    [0.999_999, 32_999],
  ] as const) {
    const fetcher = new Source();
    const { source } = follow(fetcher, { random: () => chance });
    await using _source = source;
    await source.whenLooked();
    await vi.advanceTimersByTimeAsync(ms - 1);
    expect(fetcher.shown).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(fetcher.shown).toHaveLength(2);
  }
});

test('after failures the pause doubles up to ten minutes, and is the cadence again after a success', async () => {
  const fetcher = new Source();
  const { source } = follow(fetcher);
  await using _source = source;
  await source.whenLooked();
  fetcher.act = () => Promise.reject(new Failure('bundle_unavailable', 'It is down. Start it.'));
  await seconds(30);
  expect(source.status().last_pull).toMatchObject({ outcome: 'failed', detail: 'It is down. Start it.' });
  const pauses: number[] = [];
  for (let count = 0; count < 7; count++) {
    const next = Date.parse(source.status().next_pull_at ?? '') - Date.now();
    pauses.push(next);
    await vi.advanceTimersByTimeAsync(next);
  }
  expect(pauses).toEqual([
    60_000,
    120_000,
    240_000,
    480_000,
    BACK_OFF_MAX_MS,
    BACK_OFF_MAX_MS,
    BACK_OFF_MAX_MS,
  ]);
  expect(source.current()?.version, 'what was good stays').toBe('v1');
  fetcher.act = () => undefined;
  await source.pullNow();
  await seconds(0);
  expect(Date.parse(source.status().next_pull_at ?? '') - Date.now()).toBe(30_000);
});

test('a cadence beyond ten minutes is never hurried by a failure', async () => {
  const fetcher = new Source();
  fetcher.act = () => Promise.reject(new Failure('bundle_unavailable'));
  const { source } = follow(fetcher, { origin: { cadence_seconds: 3_600 } });
  await using _source = source;
  await source.whenLooked();
  await seconds(0);
  expect(Date.parse(source.status().next_pull_at ?? '') - Date.now()).toBe(3_600_000);
});

test('what was refused is not handed on again at the next look, but is when somebody asks', async () => {
  const fetcher = new Source();
  const handed: string[] = [];
  let answer: 'taken' | 'refused' = 'refused';
  const { source } = follow(fetcher, {
    onFound: async ({ version }) => {
      handed.push(version);
      return answer;
    },
  });
  await using _source = source;
  await source.whenLooked();
  await seconds(30);
  expect(handed).toEqual(['v1']);
  expect(source.current()).toBeUndefined();
  expect(source.status().last_pull?.detail).toBe('What it has is refused.');
  answer = 'taken';
  await source.pullNow();
  expect(handed).toEqual(['v1', 'v1']);
  expect(source.current()?.version).toBe('v1');
});

test('what could not be handed on is handed on again', async () => {
  const fetcher = new Source();
  let isBroken = true;
  const { source } = follow(fetcher, {
    onFound: async () => {
      if (isBroken) throw new Error('out of memory');
      return 'taken';
    },
  });
  await using _source = source;
  await source.whenLooked();
  expect(source.status().last_pull).toMatchObject({ outcome: 'failed' });
  isBroken = false;
  await seconds(60);
  expect(source.current()?.version).toBe('v1');
});

describe('asked to look now', () => {
  test('it looks at once, and once for all who ask meanwhile', async () => {
    const fetcher = new Source();
    const { source } = follow(fetcher);
    await using _source = source;
    await source.whenLooked();
    fetcher.version = 'v2';
    const status = await Promise.all([source.pullNow(), source.pullNow()]);
    expect(fetcher.shown).toHaveLength(2);
    expect(status.map(({ last_pull }) => last_pull?.outcome)).toEqual(['found', 'found']);
  });

  test('during a look it looks again, never at once with it', async () => {
    const fetcher = new Source();
    const first = Promise.withResolvers<Fetched>();
    fetcher.act = () => first.promise;
    const { source } = follow(fetcher);
    await using _source = source;
    await vi.waitFor(() => expect(fetcher.shown).toHaveLength(1));
    const asked = source.pullNow();
    await seconds(1);
    expect(fetcher.shown).toHaveLength(1);
    fetcher.act = () => undefined;
    fetcher.version = 'v2';
    first.resolve(found('v1'));
    await asked;
    expect(source.current()?.version).toBe('v2');
  });
});

describe('a source that tells of changes', () => {
  test('is looked at soon after, and not without end', async () => {
    const fetcher = new Source({ tells: true });
    const { source } = follow(fetcher);
    await using _source = source;
    await source.whenLooked();
    await seconds(0);
    fetcher.version = 'v2';
    fetcher.changed?.();
    await vi.advanceTimersByTimeAsync(199);
    expect(source.current()?.version).toBe('v1');
    await vi.advanceTimersByTimeAsync(1);
    expect(source.current()?.version).toBe('v2');
  });

  test('is not listened to while it fails', async () => {
    const fetcher = new Source({ tells: true });
    fetcher.act = () => Promise.reject(new Failure('bundle_unavailable'));
    const { source } = follow(fetcher);
    await using _source = source;
    await source.whenLooked();
    await seconds(50);
    expect(fetcher.changed).toBeUndefined();
    expect(fetcher.shown).toHaveLength(1);
  });
});

describe('a fetcher that hangs', () => {
  test('is left after its time, which is told, and what was good stays', async () => {
    const fetcher = new Source();
    const { source } = follow(fetcher, { lookTimeoutMs: 5_000 });
    await using _source = source;
    await source.whenLooked();
    let aborted = 0;
    fetcher.act = (signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted += 1;
          reject(signal.reason);
        });
      });
    await seconds(35);
    expect(aborted).toBe(1);
    expect(source.status().last_pull?.detail).toMatch('did not answer within 5 s');
    expect(source.current()?.version).toBe('v1');
    fetcher.act = () => undefined;
    await source.pullNow();
    expect(source.status().last_pull?.outcome).toBe('unchanged');
  });

  test('and does not even heed its signal is never asked twice at once, and holds up no end', async () => {
    const fetcher = new Source();
    fetcher.act = () => new Promise(() => undefined);
    const { source } = follow(fetcher, { lookTimeoutMs: 5_000 });
    const looked = source.whenLooked();
    await seconds(5);
    await looked;
    await seconds(600);
    expect(fetcher.shown).toHaveLength(1);
    expect(source.status().last_pull?.detail).toMatch('The look before has not ended');
    await source[Symbol.asyncDispose]();
    expect(fetcher.disposed).toBe(true);
  });

  test('is left when the source is disposed of, whoever waits for a look', async () => {
    const fetcher = new Source();
    fetcher.act = () => new Promise(() => undefined);
    const { source } = follow(fetcher);
    const asked = source.pullNow();
    asked.catch(() => undefined);
    await seconds(0);
    await source[Symbol.asyncDispose]();
    await source.whenLooked();
    await expect(asked).rejects.toMatchObject({ code: 'bundle_unavailable' });
    await expect(source.pullNow()).rejects.toMatchObject({ code: 'bundle_unavailable' });
  });

  test('and one who hangs in taking a bundle holds up no end either', async () => {
    const { source } = follow(new Source(), { onFound: () => new Promise(() => undefined) });
    await seconds(1);
    await source[Symbol.asyncDispose]();
  });
});
