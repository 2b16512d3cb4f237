import type { EventSink } from '../../../http/event-sink.ts';
import type { ReplayBudget } from './replay-budget.ts';

/** What one stream keeps of what it sent; its latest event is kept whatever its size. */
export const KEPT_EVENTS_MAX = 256;
export const KEPT_BYTES_MAX = 1_048_576;

/** How soon a client should connect again. */
const RETRY_MS = 1_000;

export interface EventStreamOptions {
  /** Unique among the streams of its session, and so are its events’ ids. */
  readonly id: string;
  /** Whether clients of this revision understand an event without data, which tells them at once how to resume. */
  readonly primes: boolean;
  readonly resumeMs: number;
  readonly budget: ReplayBudget;
  /** How long one connection may last: whoever comes back is authenticated again. Undefined where its call bounds it. */
  readonly connectionMsMax?: number | undefined;
  /** Nobody is connected any more, and nobody came back in time. Called once, also when all was sent. */
  onEnd(): void;
}

interface Kept {
  readonly sequence: number;
  readonly data: string;
  readonly bytes: number;
}

/** A stream of events as its client sees it: it outlives the connections over which it is sent. */
export class EventStream {
  readonly id: string;
  readonly #options: EventStreamOptions;
  readonly #kept: Kept[] = [];
  #keptBytes = 0;
  #sequence = 0;
  #sink: EventSink | undefined;
  #finished = false;
  #ended = false;
  #timer: NodeJS.Timeout | undefined;
  /** Ends a connection whose time is over. */
  #life: NodeJS.Timeout | undefined;

  constructor(options: EventStreamOptions) {
    this.id = options.id;
    this.#options = options;
  }

  get isConnected(): boolean {
    return this.#sink !== undefined;
  }

  get isFinished(): boolean {
    return this.#finished;
  }

  /** Its first connection. */
  connect(sink: EventSink): void {
    this.#sink = sink;
    this.#bound();
    if (this.#options.primes) sink.send('', { id: this.#idOf(0), retryMs: RETRY_MS });
  }

  /** Goes on after the event of this number. False where what came after it is not kept any more. */
  resume(sink: () => EventSink, after: number): boolean {
    if (this.#ended || after > this.#sequence || !Number.isSafeInteger(after) || after < 0) return false;
    const missed = this.#kept.filter(({ sequence }) => sequence > after);
    if (missed.length !== this.#sequence - after) return false;
    this.#sink?.end(); // The connection before this one may be gone without our knowing.
    clearTimeout(this.#timer);
    const connected = sink();
    this.#sink = connected;
    this.#bound();
    for (const { sequence, data } of missed) connected.send(data, { id: this.#idOf(sequence) });
    if (this.#finished) this.#close();
    return true;
  }

  /** Sends one JSON text, now or when its client comes back. */
  send(data: string): void {
    if (this.#ended || this.#finished) return;
    this.#sequence += 1;
    this.#keep({ sequence: this.#sequence, data, bytes: Buffer.byteLength(data) });
    if (this.#sink !== undefined) this.#sink.send(data, { id: this.#idOf(this.#sequence) });
    else if (this.#options.budget.isSpent) this.end(); // Nobody is there, and there is no room for what waits.
  }

  /** Sends the last event. */
  finish(data: string): void {
    this.send(data);
    this.#finished = true;
    if (this.#sink !== undefined) this.#close();
    else if (this.#options.budget.isSpent) this.end();
  }

  /** This connection is gone. Its client may resume for a while. */
  disconnected(sink: EventSink): void {
    if (this.#sink !== sink) return;
    this.#sink = undefined;
    clearTimeout(this.#life);
    // Without any event’s id nobody can resume.
    if (!this.#options.primes && this.#sequence === 0) this.end();
    else this.#waitForClient();
  }

  keepAlive(): void {
    this.#sink?.keepAlive();
  }

  /** Lets go of everything at once. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#life);
    this.#sink?.end();
    this.#sink = undefined;
    this.#options.budget.giveBack(this.#keptBytes);
    this.#kept.length = 0;
    this.#options.onEnd();
  }

  #bound(): void {
    clearTimeout(this.#life);
    const { connectionMsMax } = this.#options;
    if (connectionMsMax !== undefined) this.#life = setTimeout(() => this.#close(), connectionMsMax).unref();
  }

  #close(): void {
    clearTimeout(this.#life);
    this.#sink?.end();
    this.#sink = undefined;
    this.#waitForClient();
  }

  #waitForClient(): void {
    clearTimeout(this.#timer);
    if (this.#ended) return;
    if (this.#options.budget.isSpent && this.#finished) this.end();
    else this.#timer = setTimeout(() => this.end(), this.#options.resumeMs).unref();
  }

  #keep(event: Kept): void {
    this.#kept.push(event);
    this.#keptBytes += event.bytes;
    this.#options.budget.take(event.bytes);
    const isTooMuch = () =>
      this.#kept.length > KEPT_EVENTS_MAX || this.#keptBytes > KEPT_BYTES_MAX || this.#options.budget.isSpent;
    while (this.#kept.length > 1 && isTooMuch()) {
      const bytes = this.#kept.shift()?.bytes ?? 0;
      this.#keptBytes -= bytes;
      this.#options.budget.giveBack(bytes);
    }
  }

  #idOf(sequence: number): string {
    return `${this.id}-${sequence}`;
  }
}
