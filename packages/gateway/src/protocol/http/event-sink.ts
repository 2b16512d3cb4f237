import type { ServerResponse } from 'node:http';
import { cutWhenStalled } from './stall.ts';

/** What may wait for a slow reader of events before its connection is cut. */
export const UNREAD_BYTES_MAX = 1_048_576;

/** How an event is told apart, beside what it says. */
export interface EventName {
  /** So that a client can resume after it. */
  readonly id: string;
  /** How long the client waits before it connects again; undefined leaves it to the client. */
  readonly retryMs?: number;
}

/** A response that is a stream of server-sent events, each framed here, whatever its text holds. */
export class EventSink {
  readonly #response: ServerResponse;
  /** Events of this turn, which are written as one. */
  #unwritten = '';

  constructor(response: ServerResponse, headers: readonly string[]) {
    this.#response = response;
    response.writeHead(200, [
      ...headers,
      ...['Content-Type', 'text/event-stream', 'Cache-Control', 'no-store', 'X-Accel-Buffering', 'no'],
    ]);
    response.flushHeaders();
  }

  get isOpen(): boolean {
    return !this.#response.writableEnded && !this.#response.destroyed;
  }

  /** What was sent and is not with the operating system yet. */
  get backlogBytes(): number {
    return this.#response.writableLength + this.#unwritten.length;
  }

  /** Sends one JSON text, or nothing, as one event. A reader that left too much unread is cut off instead. */
  send(data: string, name?: EventName): void {
    if (!this.isOpen) return;
    if (this.backlogBytes > UNREAD_BYTES_MAX) {
      this.#unwritten = '';
      this.#response.destroy();
      return;
    }
    if (this.#unwritten === '') process.nextTick(() => this.#write());
    this.#unwritten += frame(data, name);
  }

  /** A line that every reader skips, so that connections that are gone are found out. */
  keepAlive(): void {
    if (this.isOpen && this.backlogBytes === 0) this.#response.write(':\n\n');
  }

  end(): void {
    if (!this.isOpen) return;
    this.#write();
    this.#response.end();
    cutWhenStalled(this.#response);
  }

  #write(): void {
    const events = this.#unwritten;
    this.#unwritten = '';
    if (events !== '' && this.isOpen) this.#response.write(events);
  }
}

/** What some readers take for the end of a line, and what JSON writes between values. */
const LINE_END = /[\r\n\u0085\u2028\u2029]/g;

function frame(data: string, name: EventName | undefined): string {
  const id = name === undefined ? '' : `id: ${name.id}\n`;
  const retry = name?.retryMs === undefined ? '' : `retry: ${name.retryMs}\n`;
  return `${id}${retry}data: ${oneLine(data)}\n\n`;
}

/** The same JSON in one line: what ends lines stands raw either between values, where a blank will do, or in a string. */
function oneLine(json: string): string {
  return json.replace(LINE_END, (end) =>
    end === '\n' || end === '\r' ? ' ' : `\\u${end.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
