import { Failure } from '@bailiff/contract';
import type { EventSink } from '../../../http/event-sink.ts';
import type { Exchange } from '../../../http/exchange.ts';
import { EventStream } from './event-stream.ts';
import type { ReplayBudget } from './replay-budget.ts';

/** Streams that one session keeps, those that may still be resumed included. */
export const STREAMS_MAX = 128;

/** How long a standing stream stays connected before its client has to show its credential again. */
export const STANDING_MS_MAX = 3_600_000;

export interface SessionStreamsOptions {
  readonly protocolVersion: string;
  readonly resumeMs: number;
  readonly budget: ReplayBudget;
}

/** The streams of events of one session: one for each request that has something to say before its answer, and a standing one. */
export class SessionStreams {
  readonly #options: SessionStreamsOptions;
  readonly #streams = new Map<string, EventStream>();
  #standing: EventStream | undefined;
  #opened = 0;

  constructor(options: SessionStreamsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#streams.size;
  }

  get isConnected(): boolean {
    for (const stream of this.#streams.values()) if (stream.isConnected) return true;
    return false;
  }

  /** Answers a request with a new stream. `onEnd`: its client is gone for good, or has had everything. */
  open(exchange: Exchange, onEnd: () => void, connectionMsMax?: number): EventStream {
    this.#makeRoom();
    this.#opened += 1;
    const { protocolVersion, resumeMs, budget } = this.#options;
    const stream = new EventStream({
      id: String(this.#opened),
      primes: protocolVersion >= '2025-11-25',
      resumeMs,
      budget,
      connectionMsMax,
      onEnd: () => {
        this.#streams.delete(stream.id);
        onEnd();
      },
    });
    this.#streams.set(stream.id, stream);
    stream.connect(connectionOf(exchange, stream));
    return stream;
  }

  /** Answers with the session’s standing stream, in place of the one before it. */
  openStanding(exchange: Exchange, onEnd: () => void): void {
    this.#standing?.end();
    const ended = () => {
      if (this.#standing !== stream) return;
      this.#standing = undefined;
      onEnd();
    };
    const stream = this.open(exchange, ended, STANDING_MS_MAX);
    this.#standing = stream;
  }

  /** Goes on with a stream after the event that its client had last. @throws Failure `bad_request` when it cannot. */
  resume(exchange: Exchange, lastEventId: string): void {
    const [, id = '', sequence = ''] = /^(\d{1,15})-(\d{1,15})$/.exec(lastEventId) ?? [];
    const stream = this.#streams.get(id);
    if (stream?.resume(() => connectionOf(exchange, stream), Number(sequence)) !== true) {
      throw new Failure('bad_request', 'What followed this event is not kept any more.');
    }
  }

  /** Says something that belongs to no request. Lost where no client listens. */
  announce(text: string): void {
    this.#standing?.send(text);
  }

  keepAlive(): void {
    for (const stream of this.#streams.values()) stream.keepAlive();
  }

  end(): void {
    for (const stream of [...this.#streams.values()]) stream.end();
  }

  #makeRoom(): void {
    if (this.#streams.size < STREAMS_MAX) return;
    const finished = this.#streams.values().find(({ isFinished }) => isFinished);
    if (finished === undefined) throw new Failure('overloaded', 'Too many streams are open in this session.');
    finished.end();
  }
}

function connectionOf(exchange: Exchange, stream: EventStream): EventSink {
  const sink = exchange.events();
  exchange.onLeftEarly(() => stream.disconnected(sink));
  return sink;
}
