import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineStatus } from '../engine.ts';
import type { OpaClient } from './opa-client.ts';

/** How often OPA is asked while it is ready. */
const READY_PAUSE_MS = 2_000;
/** How often it is asked while it is not: soon after a change, then ever more rarely, so that it is known at most a quarter too late. */
const WAITING_PAUSE_MS = { first: 10, longest: 500, growth: 1.25 } as const;
const PROBE_TIMEOUT_MS = 1_000;
/** Evaluations that are late have it asked at most this often. */
const LATE_PAUSE_MS = 100;
/** For how long a good answer is believed: until the next one is overdue. */
const BELIEVED_MS = READY_PAUSE_MS + 2 * PROBE_TIMEOUT_MS;

/** What came of asking whether OPA can decide. */
type Probed =
  | { readonly kind: 'decides'; readonly revision: string }
  | { readonly kind: 'not'; readonly because: string };

const NOT_ASKED: Probed = { kind: 'not', because: 'OPA was not asked yet.' };

const BECAUSE = {
  silent: `OPA did not answer within ${PROBE_TIMEOUT_MS} ms.`,
  unreachable: 'OPA cannot be reached.',
  without_bundle: 'OPA answers, but has no bundle.',
} as const;

/** Whether OPA can decide now: it listens, its bundle was activated, and it answers under a revision. */
export class OpaHealth implements AsyncDisposable {
  readonly #client: OpaClient;
  readonly #absence: () => string | undefined;
  readonly #stopping = new AbortController();
  readonly #waiting = new Set<() => void>();
  readonly #ended: Promise<void>;
  #wake = new AbortController();
  #doubts = 0;
  #ready = false;
  #probed: Probed = NOT_ASKED;
  /** When OPA last answered, an evaluation or a probe. */
  #heardMs = 0;
  #probedMs = 0;
  #revision = '';
  #waitingMs: number = WAITING_PAUSE_MS.first;

  /** `absence` tells, for people, why there is no OPA that could answer; undefined where there may be one. */
  constructor(options: { readonly client: OpaClient; readonly absence: () => string | undefined }) {
    this.#client = options.client;
    this.#absence = options.absence;
    this.#ended = this.#watch();
  }

  status(): EngineStatus {
    const ready = this.#ready && performance.now() - this.#heardMs <= BELIEVED_MS;
    return {
      ready,
      detail: ready ? `OPA answers with ${this.#revision}.` : this.#whyNot(),
      revision: this.#revision,
    };
  }

  /** An evaluation was answered under this revision. */
  heard(revision: string): void {
    if (revision === '') return;
    this.#revision = revision;
    this.#heardMs = performance.now();
  }

  /** An evaluation was not answered in time, by an OPA that is busy or stuck: which of them, it is asked at once. */
  late(): void {
    if (this.#ready && performance.now() - this.#probedMs > LATE_PAUSE_MS) this.#wake.abort();
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
      const probed = await this.#probe();
      if (this.#stopping.signal.aborted) return;
      this.#probed = probed;
      this.#probedMs = performance.now();
      if (probed.kind === 'decides') this.heard(probed.revision);
      this.#ready = probed.kind === 'decides' && doubts === this.#doubts; // A doubt that came meanwhile is asked about anew.
      if (this.#ready) this.#tell();
      const pauseMs = this.#ready ? READY_PAUSE_MS : this.#waitingMs;
      this.#waitingMs = this.#ready
        ? WAITING_PAUSE_MS.first
        : Math.min(this.#waitingMs * WAITING_PAUSE_MS.growth, WAITING_PAUSE_MS.longest);
      const signal = AbortSignal.any([this.#wake.signal, this.#stopping.signal]);
      await sleep(pauseMs, undefined, { signal }).catch(() => {}); // Woken early, by a doubt or the end.
    }
  }

  async #probe(): Promise<Probed> {
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]);
    const health = await this.#client.health(signal);
    if (health !== 'well') return { kind: 'not', because: BECAUSE[health] };
    const revision = await this.#client.revision(signal);
    if (revision !== '') return { kind: 'decides', revision };
    return { kind: 'not', because: BECAUSE[signal.aborted ? 'silent' : 'without_bundle'] };
  }

  #whyNot(): string {
    const absence = this.#absence();
    if (absence !== undefined) return absence;
    return this.#probed.kind === 'not' ? this.#probed.because : 'OPA is asked whether it still answers.';
  }

  #tell(): void {
    for (const go of this.#waiting) go();
    this.#waiting.clear();
  }
}
