import type { Release } from '@bailiff/contract';
import { EmbeddedEngine } from '../../embedded/embedded-engine.ts';
import type { Engine, EvaluatedBy, Evaluation, Releases } from '../../engine.ts';
import { CachedEngine } from '../cached-engine.ts';

/** Releases of which the first is active; `switchTo` makes another one so. */
export class SwitchedReleases implements Releases {
  #known: readonly Release[];

  constructor(release: Release) {
    this.#known = [release];
  }

  switchTo(release: Release): void {
    this.#known = [release, ...this.#known];
  }

  current(): Release | undefined {
    return this.#known[0];
  }

  accepts(revision: string): Release | undefined {
    return this.#known.find(({ policyVersion }) => policyVersion === revision);
  }
}

/** An engine that counts what it is asked. `before` runs ahead of each answer, `ready` is what its status says. */
export interface CountedEngine extends Engine {
  readonly asked: () => number;
  before: () => Promise<void> | void;
  after: (evaluation: Evaluation) => Evaluation;
  ready: boolean;
}

/** The embedded engine with the releases that it was prepared for, which decides by whichever is active. */
export function countedEngine(embedded: EmbeddedEngine, releases: Releases): CountedEngine {
  let asked = 0;
  return {
    asked: () => asked,
    before: () => {},
    after: (evaluation) => evaluation,
    ready: true,
    async evaluate(entrypoint, inputText, signal) {
      asked += 1;
      await this.before();
      const release = releases.current();
      if (release === undefined) throw new Error('no release');
      return this.after(await embedded.evaluate({ release, entrypoint, inputText }, signal));
    },
    status() {
      return { ready: this.ready, detail: '', revision: '' };
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** The same, newly prepared for one release. */
export async function embeddedWith(release: Release): Promise<EmbeddedEngine> {
  const embedded = new EmbeddedEngine();
  await embedded.prepare(release);
  return embedded;
}

const EVERYBODY: readonly EvaluatedBy[] = ['embedded', 'sidecar'];

export function cached(engine: Engine, releases: Releases, entriesMax = 100_000): CachedEngine {
  return new CachedEngine({ engine, releases, keepsOf: new Set(EVERYBODY), entriesMax });
}
