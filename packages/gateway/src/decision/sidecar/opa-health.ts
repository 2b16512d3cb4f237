import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineStatus } from '../engine.ts';
import type { OpaClient } from './opa-client.ts';

/** How often OPA is asked while it is ready. */
const READY_PAUSE_MS = 2_000;
/** How often it is asked while it is not: soon after a change, then ever more rarely. */
const WAITING_PAUSE_MS = { first: 10, longest: 500 } as const;
const PROBE_TIMEOUT_MS = 1_000;

/** Whether OPA can decide now: it listens, its bundle was activated, and it answers under a revision. */
export class OpaHealth implements AsyncDisposable {
  readonly #client: OpaClient;
  readonly #describe: () => string;
  readonly #stopping = new AbortController();
  readonly #waiting = new Set<() => void>();
  readonly #ended: Promise<void>;
  #wake = new AbortController();
  #doubts = 0;
  #ready = false;
  #revision = '';
  #waitingMs: number = WAITING_PAUSE_MS.first;

  /** `describe` tells, for people, what is known of an OPA that does not answer. */
  constructor(options: { readonly client: OpaClient; readonly describe: () => string }) {
    this.#client = options.client;
    this.#describe = options.describe;
    this.#ended = this.#watch();
  }

  status(): EngineStatus {
    const detail = this.#ready ? `OPA answers with ${this.#revision}.` : this.#describe();
    return { ready: this.#ready, detail, revision: this.#revision };
  }

  /** An evaluation was answered under this revision. */
  heard(revision: string): void {
    if (revision !== '') this.#revision = revision;
  }

  /** Something speaks against it: not ready until it has been asked again. */
  doubt(): void {
    this.#doubts += 1;
    if (!this.#ready) return; // It is being asked already, and a storm of doubts must not become one of questions.
    this.#ready = false;
    this.#wake.abort();
  }

  /** OPA was started or is gone: ask at once, and often. */
  changed(): void {
    this.#doubts += 1;
    this.#ready = false;
    this.#waitingMs = WAITING_PAUSE_MS.first;
    this.#wake.abort();
  }

  /** Resolves once it is ready. @throws the signal's reason when that comes first. */
  whenReady(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        this.#waiting.delete(go);
        reject(signal.reason);
      };
      const go = () => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      if (this.#ready) resolve();
      else if (signal.aborted) reject(signal.reason);
      else {
        signal.addEventListener('abort', giveUp, { once: true });
        this.#waiting.add(go);
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ready = false;
    this.#stopping.abort();
    await this.#ended;
  }

  async #watch(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#wake = new AbortController();
      const doubts = this.#doubts;
      const revision = await this.#probe();
      if (this.#stopping.signal.aborted) return;
      if (revision !== '') this.#revision = revision;
      this.#ready = revision !== '' && doubts === this.#doubts; // A doubt that came meanwhile is asked about anew.
      if (this.#ready) this.#tell();
      const pauseMs = this.#ready ? READY_PAUSE_MS : this.#waitingMs;
      this.#waitingMs = this.#ready
        ? WAITING_PAUSE_MS.first
        : Math.min(this.#waitingMs * 2, WAITING_PAUSE_MS.longest);
      const signal = AbortSignal.any([this.#wake.signal, this.#stopping.signal]);
      await sleep(pauseMs, undefined, { signal }).catch(() => {}); // Woken early, by a doubt or the end.
    }
  }

  /** The revision it answers with; empty when it cannot decide. */
  async #probe(): Promise<string> {
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]);
    return (await this.#client.isHealthy(signal)) ? this.#client.revision(signal) : '';
  }

  #tell(): void {
    for (const go of this.#waiting) go();
    this.#waiting.clear();
  }
}
