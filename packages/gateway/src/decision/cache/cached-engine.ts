import type { Configuration, Release } from '@bailiff/contract';
import { LRUCache } from 'lru-cache';
import type { Engine, EngineStatus, Entrypoint, EvaluatedBy, Evaluation, Releases } from '../engine.ts';
import { decisionKey } from './decision-key.ts';
import { type Dependencies, dependenciesOf } from './dependencies.ts';
import { isKeepable } from './keepable.ts';

export interface CachedEngineOptions {
  /** What evaluates where nothing is kept. Disposed of with this one. */
  readonly engine: Engine;
  readonly releases: Releases;
  /** Whose answers are kept; the others pay nothing for it. */
  readonly keepsOf: ReadonlySet<EvaluatedBy>;
  readonly entriesMax: number;
  /** Of all that is kept, about. */
  readonly bytesMax?: number;
}

const BYTES_MAX = 33_554_432;

/** After so many look-ups it is seen whether they were worth it; if too few found anything, none is made for a while. */
const TRIED = 512;
const FOUND_MIN = 16;
const PAUSE_EVALUATIONS = 8_192;

/** What is kept by one release. */
interface Kept {
  readonly release: Release;
  readonly dependencies: Dependencies;
  readonly answers: LRUCache<string, Answer>;
}

/** As text: everybody is given a value of their own, and one text is less to keep alive than all that it says. */
interface Answer {
  readonly valueText: string;
  readonly engine: EvaluatedBy;
}

/**
 * Gives what an engine answered before to a call that does not differ in anything the answer can depend on. Whatever asks sees
 * an engine: a kept answer is decided upon and recorded like any other. Nothing outlives its release, and nothing is kept
 * that failed, that depends on usage, approval or time, or in which somebody was to be asked.
 */
export class CachedEngine implements Engine {
  readonly #options: CachedEngineOptions;
  #kept: Kept | undefined;
  /** Which engine answered last: another one than those whose answers are kept costs no look-up. */
  #answeredBy: EvaluatedBy | undefined;
  #tried = { made: 0, found: 0 };
  #pausedFor = 0;
  #hits = 0;
  #misses = 0;
  #passed = 0;

  constructor(options: CachedEngineOptions) {
    this.#options = options;
  }

  async evaluate(entrypoint: Entrypoint, inputText: string, signal: AbortSignal): Promise<Evaluation> {
    const { engine } = this.#options;
    const kept = this.#usable(signal);
    const key = kept === undefined ? undefined : decisionKey(entrypoint, inputText, kept.dependencies);
    if (kept === undefined || key === undefined) {
      this.#passed += 1;
      const evaluation = await engine.evaluate(entrypoint, inputText, signal);
      if (evaluation.kind !== 'failed') this.#answeredBy = evaluation.engine;
      return evaluation;
    }
    const known = kept.answers.get(key);
    this.#judge(known !== undefined);
    if (known !== undefined) {
      this.#hits += 1;
      const value: unknown = JSON.parse(known.valueText);
      return { kind: 'result', value, revision: kept.release.policyVersion, engine: known.engine };
    }
    this.#misses += 1;
    const evaluation = await engine.evaluate(entrypoint, inputText, signal);
    if (evaluation.kind !== 'failed') this.#answeredBy = evaluation.engine;
    this.#keep(kept, { key, entrypoint, evaluation });
    return evaluation;
  }

  /** Forgets everything, answers under way included: what gave them is no longer trusted. */
  drop(): void {
    this.#kept = undefined;
  }

  status(): EngineStatus {
    const cache = {
      hits: this.#hits,
      misses: this.#misses,
      passed: this.#passed,
      entries: this.#kept?.answers.size ?? 0,
    };
    return { ...this.#options.engine.status(), cache };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.drop();
    await this.#options.engine[Symbol.asyncDispose]();
  }

  /** What may be looked up now: nothing for a caller that left, nor where the engine itself could not answer. */
  #usable(signal: AbortSignal): Kept | undefined {
    const { engine, releases, keepsOf, entriesMax, bytesMax = BYTES_MAX } = this.#options;
    const release = releases.current();
    if (release === undefined || signal.aborted) return undefined;
    if (this.#answeredBy !== undefined && !keepsOf.has(this.#answeredBy)) return undefined;
    if (!engine.status().ready) return undefined;
    if (this.#pausedFor > 0) {
      this.#pausedFor -= 1;
      return undefined;
    }
    if (this.#kept?.release !== release)
      this.#kept = {
        release,
        dependencies: dependenciesOf(release),
        answers: new LRUCache({ max: entriesMax, maxSize: bytesMax }),
      };
    return this.#kept;
  }

  /** Calls whose rules count what never comes again, as tokens of a conversation, are not looked for in vain for ever. */
  #judge(isFound: boolean): void {
    this.#tried.made += 1;
    if (isFound) this.#tried.found += 1;
    if (this.#tried.made < TRIED) return;
    if (this.#tried.found < FOUND_MIN) this.#pausedFor = PAUSE_EVALUATIONS;
    this.#tried = { made: 0, found: 0 };
  }

  /** Only what the release that the key belongs to has answered, and only while it is the active one. */
  #keep(kept: Kept, { key, entrypoint, evaluation }: Evaluated): void {
    const { releases, keepsOf } = this.#options;
    const isOfRelease = this.#kept === kept && releases.current() === kept.release;
    if (!isOfRelease || evaluation.kind !== 'result' || !keepsOf.has(evaluation.engine)) return;
    if (evaluation.revision !== kept.release.policyVersion) return;
    if (!isKeepable(entrypoint, evaluation.value)) return;
    const valueText = JSON.stringify(evaluation.value);
    const size = 2 * (key.length + valueText.length);
    kept.answers.set(key, { valueText, engine: evaluation.engine }, { size });
  }
}

interface Evaluated {
  readonly key: string;
  readonly entrypoint: Entrypoint;
  readonly evaluation: Evaluation;
}

/** Puts a cache around an engine, as configured; `drop` forgets what it holds. */
export function withCache(
  engine: Engine,
  { releases, cache, cache_entries }: CacheSettings,
): { readonly engine: Engine; readonly drop: () => void } {
  if (cache === 'off') return { engine, drop: () => {} };
  const keepsOf = new Set<EvaluatedBy>(cache === 'on' ? ['sidecar', 'embedded'] : ['sidecar']);
  const cached = new CachedEngine({ engine, releases, keepsOf, entriesMax: cache_entries });
  return { engine: cached, drop: () => cached.drop() };
}

type CacheSettings = Pick<Configuration['engine'], 'cache' | 'cache_entries'> & {
  readonly releases: Releases;
};
