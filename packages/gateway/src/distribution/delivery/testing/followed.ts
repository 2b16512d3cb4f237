import { Failure } from '@bailiff/contract';
import { vi } from 'vitest';
import type { BundleFetcher, Fetched } from '../bundle-fetcher.ts';
import {
  FollowedSource,
  type FollowedSourceOptions,
  type LastGood,
  type LastGoodCopy,
  type SourceBundle,
} from '../followed-source.ts';

/** When the clock of the tests begins. */
export const START = Date.parse('2026-02-03T04:05:06.000Z');
export const copyOf = (version: string, at = START): LastGoodCopy => ({
  content: { kind: 'archive', bytes: Buffer.from(version) },
  version,
  approvals: [],
  at,
});
export const found = (version: string): Fetched => ({ kind: 'found', ...copyOf(version) });
export const seconds = (count: number) => vi.advanceTimersByTimeAsync(count * 1_000);

/** A source that has `version`, and does what `act` does first. */
export class Source implements BundleFetcher {
  readonly described = 'a test';
  readonly shown: (string | undefined)[] = [];
  version = 'v1';
  disposed = false;
  changed: (() => void) | undefined;
  act: (signal: AbortSignal) => Promise<Fetched> | undefined = () => undefined;
  readonly whenChanged?: (signal: AbortSignal) => Promise<void>;

  constructor({ tells = false } = {}) {
    if (tells)
      this.whenChanged = () =>
        new Promise<void>((resolve) => {
          this.changed = resolve;
        });
  }

  readonly fetch = async (known: string | undefined, signal: AbortSignal): Promise<Fetched> => {
    this.shown.push(known);
    return (await this.act(signal)) ?? (known === this.version ? { kind: 'unchanged' } : found(this.version));
  };

  async [Symbol.asyncDispose](): Promise<void> {
    this.disposed = true;
  }
}

/** Copies in memory. */
export class Copies implements LastGood {
  readonly copies = new Map<string, LastGoodCopy>();
  readonly confirmed: number[] = [];
  damaged = false;

  async find(name: string) {
    if (this.damaged) throw new Failure('bundle_unavailable', 'The copy was damaged.');
    return this.copies.get(name);
  }
  async keep(name: string, copy: LastGoodCopy) {
    this.copies.set(name, copy);
  }
  async confirm(_name: string, _version: string, at: number) {
    this.confirmed.push(at);
  }
  async drop(name: string) {
    this.copies.delete(name);
  }
}

/** Follows a source that takes whatever it is handed. */
export const follow = (fetcher: Source, options: Partial<FollowedSourceOptions> = {}) => {
  const handed: SourceBundle[] = [];
  const source = new FollowedSource({
    name: 'servers/crm',
    fetcher,
    origin: { cadence_seconds: 30 },
    lastGood: new Copies(),
    clock: Date.now,
    random: () => 0.5,
    onFound: async (bundle) => {
      handed.push(bundle);
      return 'taken';
    },
    ...options,
  });
  return { source, handed };
};
