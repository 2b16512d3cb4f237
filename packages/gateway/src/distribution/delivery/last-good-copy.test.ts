import { Failure } from '@bailiff/contract';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Fetched } from './bundle-fetcher.ts';
import { Copies, copyOf, follow, found, Source, START, seconds } from './testing/followed.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: START });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the copy on disk', () => {
  test('is what a start without network serves, with its age', async () => {
    const lastGood = new Copies();
    lastGood.copies.set('servers/crm', copyOf('v0', START - 3_600_000));
    const fetcher = new Source();
    fetcher.act = () => Promise.reject(new Failure('bundle_unavailable', 'No network.'));
    const { source, handed } = follow(fetcher, { lastGood });
    await using _source = source;
    await source.whenLooked();
    await seconds(10);
    expect(handed.map(({ version, fromDisk }) => [version, fromDisk])).toEqual([['v0', true]]);
    expect(source.status()).toMatchObject({ from_disk: true, age_seconds: 3_610, stale: false });
    expect(fetcher.shown, 'it is not fetched again if nothing changed').toEqual(['v0']);
  });

  test('is no longer only that once the source was seen to have it', async () => {
    const lastGood = new Copies();
    lastGood.copies.set('servers/crm', copyOf('v1', START - 3_600_000));
    const { source, handed } = follow(new Source(), { lastGood });
    await using _source = source;
    await source.whenLooked();
    await seconds(1);
    expect(handed).toHaveLength(1);
    expect(source.status()).toMatchObject({ from_disk: false, age_seconds: 1 });
  });

  test('is not waited for the network with, and what the source has then follows', async () => {
    const lastGood = new Copies();
    lastGood.copies.set('servers/crm', copyOf('v0'));
    const fetcher = new Source();
    const network = Promise.withResolvers<Fetched>();
    fetcher.act = () => network.promise;
    const { source } = follow(fetcher, { lastGood });
    await using _source = source;
    await source.whenLooked();
    expect(source.current()?.version).toBe('v0');
    network.resolve(found('v1'));
    await seconds(0);
    expect(source.current()).toMatchObject({ version: 'v1', fromDisk: false });
  });

  test('that is refused, or damaged, is told and nothing is served of it', async () => {
    const lastGood = new Copies();
    lastGood.copies.set('servers/crm', copyOf('v0'));
    const fetcher = new Source();
    fetcher.act = () => Promise.reject(new Failure('bundle_unavailable'));
    const refusing = follow(fetcher, { lastGood, onFound: async () => 'refused' });
    await refusing.source.whenLooked();
    expect(refusing.source.current()).toBeUndefined();
    await refusing.source[Symbol.asyncDispose]();
    lastGood.damaged = true;
    const told: string[] = [];
    const damaged = follow(fetcher, { lastGood, onTrouble: (detail) => told.push(detail) });
    await damaged.source.whenLooked();
    expect(damaged.source.current()).toBeUndefined();
    expect(told).toEqual(['servers/crm: The copy on disk cannot be used. The copy was damaged.']);
    await damaged.source[Symbol.asyncDispose]();
  });

  test('is kept of what was marked as good, and of nothing else', async () => {
    const lastGood = new Copies();
    const fetcher = new Source();
    const { source } = follow(fetcher, { lastGood });
    await using _source = source;
    await source.whenLooked();
    expect(lastGood.copies.size).toBe(0);
    await source.good();
    expect(lastGood.copies.get('servers/crm')).toMatchObject({ version: 'v1', at: START });
    fetcher.version = 'v2';
    await source.pullNow();
    await source.good('v1');
    expect(lastGood.copies.get('servers/crm')?.version).toBe('v1');
    await source.good('v2');
    expect(lastGood.copies.get('servers/crm')?.version).toBe('v2');
    await source.good('v1');
    expect(lastGood.copies.get('servers/crm')?.version, 'it was let go of').toBe('v2');
  });

  test('is noted to be what the source still has, once a minute', async () => {
    const lastGood = new Copies();
    const { source } = follow(new Source(), { lastGood, origin: { cadence_seconds: 10 } });
    await using _source = source;
    await source.whenLooked();
    await source.good();
    await seconds(125);
    expect(lastGood.confirmed.map((at) => (at - START) / 1_000)).toEqual([10, 70]);
  });

  test('that cannot be kept is told to whoever keeps it', async () => {
    const lastGood = new Copies();
    lastGood.keep = () => Promise.reject(new Error('ENOSPC'));
    const { source } = follow(new Source(), { lastGood });
    await using _source = source;
    await source.whenLooked();
    await expect(source.good()).rejects.toThrow('Make room in the data folder');
    expect(source.current()?.version).toBe('v1');
  });
});

describe('a source with a longest time without a look', () => {
  const origin = { cadence_seconds: 30, max_staleness_seconds: 100 };

  test('is stale by the clock alone, and no longer once it was seen', async () => {
    const told: boolean[] = [];
    const fetcher = new Source();
    const { source } = follow(fetcher, { origin, onStale: (stale) => told.push(stale) });
    await using _source = source;
    await source.whenLooked();
    fetcher.act = () => new Promise(() => undefined);
    await seconds(100);
    expect([source.status().stale, told]).toEqual([false, []]);
    await vi.advanceTimersByTimeAsync(1);
    expect([source.status().stale, told]).toEqual([true, [true]]);
    expect(source.current()?.version, 'who decides knows what it was').toBe('v1');
  });

  test('is seen again after a failure', async () => {
    const told: boolean[] = [];
    const fetcher = new Source();
    const { source } = follow(fetcher, { origin, onStale: (stale) => told.push(stale) });
    await using _source = source;
    await source.whenLooked();
    fetcher.act = () => Promise.reject(new Failure('bundle_unavailable'));
    await seconds(101);
    fetcher.act = () => undefined;
    await source.pullNow();
    expect([source.status().stale, told]).toEqual([false, [true, false]]);
  });

  test('grows older while its source has only what is refused', async () => {
    const fetcher = new Source();
    const { source } = follow(fetcher, {
      origin,
      onFound: async ({ version }) => (version === 'v1' ? 'taken' : 'refused'),
    });
    await using _source = source;
    await source.whenLooked();
    fetcher.version = 'junk';
    await seconds(150);
    expect(source.status()).toMatchObject({ stale: true, last_pull: { outcome: 'unchanged' } });
    expect(source.status().age_seconds).toBeGreaterThan(100);
  });

  test('is stale from the start with a copy that is too old, and a clock that went back makes none younger', async () => {
    const lastGood = new Copies();
    const fetcher = new Source();
    fetcher.act = () => Promise.reject(new Failure('bundle_unavailable'));
    lastGood.copies.set('servers/crm', copyOf('v0', START - 101_000));
    const told: boolean[] = [];
    const old = follow(fetcher, { origin, lastGood, onStale: (stale) => told.push(stale) });
    await old.source.whenLooked();
    expect([old.source.status().stale, told]).toEqual([true, [true]]);
    await old.source[Symbol.asyncDispose]();
    lastGood.copies.set('servers/crm', copyOf('v0', START + 1e12));
    const ahead = follow(fetcher, { origin, lastGood });
    await ahead.source.whenLooked();
    expect(ahead.source.status()).toMatchObject({ age_seconds: 0, stale: false });
    await seconds(101);
    expect(ahead.source.status().stale).toBe(true);
    await ahead.source[Symbol.asyncDispose]();
  });

  test('of years is not over at once', async () => {
    const told: boolean[] = [];
    const long = { cadence_seconds: 86_400, max_staleness_seconds: 5_000_000 };
    const fetcher = new Source();
    const { source } = follow(fetcher, { origin: long, onStale: (stale) => told.push(stale) });
    await using _source = source;
    await source.whenLooked();
    fetcher.act = () => new Promise(() => undefined);
    await seconds(4_999_999);
    expect(told).toEqual([]);
    await seconds(2);
    expect(told).toEqual([true]);
  });
});
