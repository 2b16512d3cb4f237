import type { FoundBundle } from '../bundle-fetcher.ts';

/** A bundle that was taken once, as it came. */
export interface LastGoodCopy extends FoundBundle {
  /** When its source was last known to have it, in milliseconds since 1970. */
  readonly at: number;
}

/** Keeps of each source what was taken last, over restarts. */
export interface LastGood {
  /**
   * The copy that is kept under a name; undefined when there is none.
   * @throws Failure `bundle_unavailable` once for a copy that is damaged, which is dropped.
   */
  find(name: string): Promise<LastGoodCopy | undefined>;
  /** Resolves once it is durable and the one before is gone. */
  keep(name: string, copy: LastGoodCopy): Promise<void>;
  /** Notes that the source still had the kept copy at that time. Does nothing where another version is kept. */
  confirm(name: string, version: string, at: number): Promise<void>;
  drop(name: string): Promise<void>;
}
