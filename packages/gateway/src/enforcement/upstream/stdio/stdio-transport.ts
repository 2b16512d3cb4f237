import { isUtf8 } from 'node:buffer';
import { Failure, type ServerDescription, type ServerReply } from '@bailiff/contract';
import {
  answerToServer,
  cancelledNotification,
  INITIALIZED_NOTIFICATION,
  initializeRequest,
  readHandshake,
} from '../handshake.ts';
import type { Transport, TransportEvents, UpstreamLimits, UpstreamRequest } from '../upstream.ts';
import { readUpstreamMessage } from '../upstream-message.ts';
import { abortFailure, untilAborted } from '../wait.ts';
import { type Child, type ChildCommand, endChild, signalGroup, startChild } from './child-process.ts';
import { LineReader } from './line-reader.ts';
import { PendingRequests } from './pending.ts';

/** After the first failure in a row a server is started again at once, then after pauses that double up to a bound. */
export interface BackOff {
  readonly firstMs: number;
  readonly maxMs: number;
  /** A server that ran this long counts as healthy again. */
  readonly healthyMs: number;
}

export const BACK_OFF: BackOff = { firstMs: 250, maxMs: 30_000, healthyMs: 30_000 };

/** What may wait to be read by a server before further calls are refused. */
const UNREAD_BYTES_MAX = 16_777_216;

/** Longest line of a server’s standard error that is logged. */
const LOG_LINE_BYTES_MAX = 2_048;

/** How much of what a server said last on its standard error is told with its end, and how long that is waited for. */
const LAST_WORDS_MAX = 5;
const LAST_WORDS_LENGTH_MAX = 300;
const LAST_WORDS_WAIT_MS = 100;

export interface StdioTransportOptions {
  readonly command: ChildCommand;
  readonly limits: UpstreamLimits;
  readonly backOff: BackOff;
}

/** What is known of the end of a process. */
interface End {
  readonly cause: unknown;
  readonly lastWords: readonly string[];
}

interface Connection {
  readonly child: Child;
  readonly pending: PendingRequests;
  readonly startedMs: number;
  /** Resolves once the handshake is done. */
  readonly ready: Promise<ServerDescription>;
  isOver: boolean;
}

/**
 * One server process, spoken to over its standard input and output. Started when first needed, and again when it is
 * needed after it ended; requests that were under way then fail.
 */
export class StdioTransport implements Transport {
  readonly #options: StdioTransportOptions;
  readonly #events: TransportEvents;
  #connection: Connection | undefined;
  #failuresInARow = 0;
  #notBeforeMs = 0;
  #handshakes = 0;
  #isClosed = false;

  constructor(options: StdioTransportOptions, events: TransportEvents) {
    this.#options = options;
    this.#events = events;
  }

  describe(signal: AbortSignal): Promise<ServerDescription> {
    try {
      return untilAborted(this.#connected().ready, signal);
    } catch (failure) {
      return Promise.reject(failure);
    }
  }

  async exchange(request: UpstreamRequest, signal: AbortSignal): Promise<ServerReply> {
    const connection = this.#connected();
    await untilAborted(connection.ready, signal);
    return this.#ask(connection, request, signal);
  }

  /** One process serves all conversations. */
  endConversation(): void {}

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    const connection = this.#connection;
    if (connection === undefined) return;
    connection.pending.failAll(new Failure('upstream_unavailable', 'The gateway is stopping.'));
    await endChild(connection.child);
  }

  /** For the moment when nothing can be awaited any more. */
  kill(): void {
    if (this.#connection !== undefined) signalGroup(this.#connection.child, 'SIGKILL');
  }

  /** The running process, or a new one. @throws Failure `upstream_unavailable` while a failed one is left alone. */
  #connected(): Connection {
    if (this.#connection !== undefined) return this.#connection;
    if (this.#isClosed) throw new Failure('upstream_unavailable', 'The gateway is stopping.');
    if (performance.now() < this.#notBeforeMs) {
      throw new Failure(
        'upstream_unavailable',
        'The server failed repeatedly and is started again in a while.',
      );
    }
    const connection = this.#start();
    this.#connection = connection;
    // Whoever waits hears of it; if nobody does, the process was reported when it ended.
    connection.ready.catch(() => undefined);
    return connection;
  }

  #start(): Connection {
    const child = startChild(this.#options.command);
    const pending = new PendingRequests();
    const { promise: ready, resolve, reject } = Promise.withResolvers<ServerDescription>();
    const connection = { child, pending, startedMs: performance.now(), ready, isOver: false };
    const lines = new LineReader(this.#options.limits.resultBytesMax, {
      line: (bytes) => this.#received(connection, bytes),
      oversized: (edges) => {
        this.#events.log('warn', 'The server sent a message beyond the size limit.');
        pending.failNamedIn(edges, new Failure('upstream_invalid', 'The answer is too large.'));
      },
    });
    child.stdout.on('data', (chunk: Buffer) => lines.push(chunk));
    const lastWords: string[] = [];
    const said = (line: string) => {
      lastWords.push(line.slice(0, LAST_WORDS_LENGTH_MAX));
      if (lastWords.length > LAST_WORDS_MAX) lastWords.shift();
      this.#events.log('info', line);
    };
    const errors = new LineReader(LOG_LINE_BYTES_MAX, {
      line: (bytes) => said(bytes.toString('utf8')),
      oversized: (edges) => said(`${edges.slice(0, 200)} …`),
    });
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    child.stdin.on('error', () => undefined); // The process ended; its exit says so.
    child.once('error', (cause) =>
      this.#ended(connection, `cannot be started (${codeOf(cause)})`, { cause, lastWords }),
    );
    child.once('exit', (code, signal) => {
      const how = `ended (${signal ?? `exit code ${code}`})`;
      // What it wrote last may still be on its way; a child of its own may hold the other end for as long as it likes.
      const tell = () => {
        clearTimeout(patience);
        child.stderr.off('close', tell);
        this.#ended(connection, how, { cause: undefined, lastWords });
      };
      const patience = setTimeout(tell, LAST_WORDS_WAIT_MS);
      child.stderr.once('close', tell);
    });
    this.#greet(connection).then(resolve, reject);
    return connection;
  }

  async #greet(connection: Connection): Promise<ServerDescription> {
    this.#handshakes += 1;
    const id = `bailiff-initialize-${this.#handshakes}`;
    try {
      const reply = await this.#ask(
        connection,
        {
          id,
          bytes: initializeRequest(id),
          conversationKey: '',
          timeoutMs: this.#options.limits.startTimeoutMs,
        },
        new AbortController().signal,
      );
      const description = readHandshake(reply);
      this.#write(connection, INITIALIZED_NOTIFICATION);
      return description;
    } catch (failure) {
      if (failure instanceof Failure && failure.code === 'upstream_timeout') {
        const { startTimeoutMs } = this.#options.limits;
        this.#events.log('warn', `The server did not answer initialize within ${startTimeoutMs} ms.`);
      }
      // Whatever it is, it is no server of ours: end it, so that it is started anew.
      signalGroup(connection.child, 'SIGKILL');
      throw failure;
    }
  }

  #ask(connection: Connection, request: UpstreamRequest, signal: AbortSignal): Promise<ServerReply> {
    if (signal.aborted) return Promise.reject(abortFailure(signal));
    if (connection.isOver) {
      return Promise.reject(new Failure('upstream_unavailable', 'The server ended.'));
    }
    if (connection.child.stdin.writableLength > UNREAD_BYTES_MAX) {
      return Promise.reject(new Failure('overloaded', 'The server does not read what it is sent.'));
    }
    const { id, timeoutMs } = request;
    const onGivenUp = () => this.#write(connection, cancelledNotification(id));
    const answer = connection.pending.wait({ id, timeoutMs, onGivenUp }, signal);
    this.#write(connection, request.bytes);
    return answer;
  }

  #write({ child }: Connection, bytes: Uint8Array): void {
    if (!child.stdin.writable) return;
    child.stdin.cork();
    child.stdin.write(bytes);
    child.stdin.write('\n');
    child.stdin.uncork();
  }

  #received(connection: Connection, bytes: Buffer): void {
    const message = isUtf8(bytes) ? readUpstreamMessage(bytes.toString('utf8')) : undefined;
    switch (message?.kind) {
      case 'answer':
        if (!connection.pending.settle(message.id, message.reply)) {
          this.#events.log('warn', 'Dropped an answer that nobody waits for.');
        }
        return;
      case 'request':
        this.#write(connection, answerToServer(message.id, message.method));
        if (message.method !== 'ping')
          this.#events.log('warn', 'Refused what the server asked of its client.');
        return;
      case 'notification':
        this.#events.notified(message.method);
        return;
      case 'invalid':
      case undefined:
        this.#events.log('warn', 'Dropped a line that is no message.');
        if (message !== undefined) connection.pending.settle(message.id, new Failure('upstream_invalid'));
    }
  }

  /** Once per process, whether it never started or ended. */
  #ended(connection: Connection, how: string, { cause, lastWords }: End): void {
    if (connection.isOver) return;
    connection.isOver = true;
    this.#connection = undefined;
    signalGroup(connection.child, 'SIGKILL'); // Whatever it started goes with it.
    connection.pending.failAll(new Failure('upstream_unavailable', 'The server ended.', { cause }));
    if (this.#isClosed) return;
    const { firstMs, maxMs, healthyMs } = this.#options.backOff;
    const now = performance.now();
    this.#failuresInARow = now - connection.startedMs > healthyMs ? 1 : this.#failuresInARow + 1;
    const pauseMs = this.#failuresInARow === 1 ? 0 : firstMs * 2 ** (this.#failuresInARow - 2);
    this.#notBeforeMs = now + Math.min(pauseMs, maxMs);
    const { command } = this.#options.command;
    const words = lastWords.length === 0 ? '' : ` It said last: ${lastWords.join(' | ')}`;
    this.#events.log('warn', `The server’s process ${how}; its command is ${command}.${words}`);
  }
}

function codeOf(cause: Error): string {
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : 'unknown error';
}
