import { isUtf8 } from 'node:buffer';
import { Failure, type ServerReply } from '@bailiff/contract';
import { cancelledNotification } from '../handshake.ts';
import type { TransportEvents } from '../upstream.ts';
import { readUpstreamMessage, type UpstreamMessage } from '../upstream-message.ts';
import { abortFailure } from '../wait.ts';
import { type Child, type ChildCommand, endChild, signalGroup, startChild } from './child-process.ts';
import { LineReader } from './line-reader.ts';
import { PendingRequests } from './pending.ts';
import type { ProcessGuard } from './process-guard.ts';

/** What may wait to be read by a server before further calls are refused. */
const UNREAD_BYTES_MAX = 16_777_216;

/** Longest line of a server’s standard error that is logged. */
const LOG_LINE_BYTES_MAX = 2_048;

/** How much of what a server said last on its standard error is told with its end, and how long that is waited for. */
const LAST_WORDS_MAX = 5;
const LAST_WORDS_LENGTH_MAX = 300;
const LAST_WORDS_WAIT_MS = 100;

/** For waits that something else bounds; the longest that a timer holds. */
export const ENDLESS_MS = 2_147_483_647;

/** What a server says by itself. */
export type Said = Extract<UpstreamMessage, { kind: 'request' | 'notification' }>;

export interface ServerProcessOptions {
  readonly command: ChildCommand;
  readonly resultBytesMax: number;
  /** Ends what is left of the process when the gateway is gone. */
  readonly guard: ProcessGuard;
  readonly log: TransportEvents['log'];
  said(message: Said): void;
  /** Once, when it never started or ended by itself. `how` is for the log. */
  ended(how: string): void;
}

export interface AskOptions {
  readonly timeoutMs: number;
  /** Whether the server is told when nobody waits any more; it is unless this says no. */
  readonly isCancelled?: boolean;
}

/** A request and its id, which is unique among those under way. */
export interface ProcessRequest {
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** One running process of a server: lines in, lines out, and who waits for which answer. */
export class ServerProcess {
  readonly startedMs = performance.now();
  readonly #options: ServerProcessOptions;
  readonly #child: Child;
  readonly #pending = new PendingRequests();
  readonly #lastWords: string[] = [];
  #isOver = false;
  #isEnding = false;

  constructor(options: ServerProcessOptions) {
    this.#options = options;
    this.#child = startChild(options.command);
    const { pid } = this.#child;
    if (pid !== undefined) options.guard.add(pid);
    this.#read();
  }

  get isOver(): boolean {
    return this.#isOver || this.#isEnding;
  }

  /** One request, one answer. @throws Failure as `Transport.exchange` does. */
  ask(
    { id, bytes }: ProcessRequest,
    { timeoutMs, isCancelled = true }: AskOptions,
    signal: AbortSignal,
  ): Promise<ServerReply> {
    if (signal.aborted) return Promise.reject(abortFailure(signal));
    if (this.isOver) return Promise.reject(new Failure('upstream_unavailable', 'The server ended.'));
    if (this.#child.stdin.writableLength > UNREAD_BYTES_MAX)
      return Promise.reject(new Failure('overloaded', 'The server does not read what it is sent.'));
    const onGivenUp = () => {
      if (isCancelled) this.write(cancelledNotification(id));
    };
    const answer = this.#pending.wait({ id, timeoutMs, onGivenUp }, signal);
    this.write(bytes);
    return answer;
  }

  /** Sends a message as one line. */
  write(bytes: Uint8Array): void {
    const { stdin } = this.#child;
    if (!stdin.writable) return;
    stdin.cork();
    stdin.write(bytes);
    stdin.write('\n');
    stdin.uncork();
  }

  /** Ends it, and everything it started, as MCP asks. Resolves once all of it is gone. */
  async end(because: string): Promise<void> {
    this.#isEnding = true;
    this.#pending.failAll(new Failure('upstream_unavailable', because));
    await endChild(this.#child);
    this.#forget();
  }

  /** Whatever it is, it is no server of ours. It is reported as ended. */
  kill(): void {
    signalGroup(this.#child, 'SIGKILL');
  }

  #read(): void {
    const child = this.#child;
    const lines = new LineReader(this.#options.resultBytesMax, {
      line: (bytes) => this.#received(bytes),
      oversized: ({ head, tail }) => {
        this.#options.log('warn', 'The server sent a message beyond the size limit.');
        this.#pending.failNamedIn(
          `${head}${tail}`,
          new Failure('upstream_invalid', 'The answer is too large.'),
        );
      },
    });
    child.stdout.on('data', (chunk: Buffer) => lines.push(chunk));
    const errors = new LineReader(LOG_LINE_BYTES_MAX, {
      line: (bytes) => this.#complained(bytes.toString('utf8')),
      oversized: ({ head }) => this.#complained(`${head.slice(0, 200)} …`),
    });
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    child.stdin.on('error', () => undefined); // The process ended; its exit says so.
    child.once('error', (cause) => this.#ended(`cannot be started (${codeOf(cause)})`, cause));
    child.once('exit', (code, signal) => {
      // What it wrote last may still be on its way; a child of its own may hold the other end for as long as it likes.
      const tell = () => {
        clearTimeout(patience);
        child.stderr.off('close', tell);
        this.#ended(`ended (${signal ?? `exit code ${code}`})`, undefined);
      };
      const patience = setTimeout(tell, LAST_WORDS_WAIT_MS);
      child.stderr.once('close', tell);
    });
  }

  #complained(line: string): void {
    this.#lastWords.push(line.slice(0, LAST_WORDS_LENGTH_MAX));
    if (this.#lastWords.length > LAST_WORDS_MAX) this.#lastWords.shift();
    this.#options.log('info', line);
  }

  #received(bytes: Buffer): void {
    const message = isUtf8(bytes) ? readUpstreamMessage(bytes.toString('utf8')) : undefined;
    switch (message?.kind) {
      case 'answer':
        if (!this.#pending.settle(message.id, message.reply))
          this.#options.log('warn', 'Dropped an answer that nobody waits for.');
        return;
      case 'request':
      case 'notification':
        this.#options.said(message);
        return;
      case 'invalid':
      case undefined:
        this.#options.log('warn', 'Dropped a line that is no message.');
        if (message !== undefined) this.#pending.settle(message.id, new Failure('upstream_invalid'));
    }
  }

  /** Once per process, whether it never started or ended. */
  #ended(how: string, cause: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    signalGroup(this.#child, 'SIGKILL'); // Whatever it started goes with it.
    this.#forget();
    this.#pending.failAll(new Failure('upstream_unavailable', 'The server ended.', { cause }));
    if (this.#isEnding) return;
    const words = this.#lastWords.length === 0 ? '' : ` It said last: ${this.#lastWords.join(' | ')}`;
    const { command } = this.#options.command;
    this.#options.ended(`The server’s process ${how}; its command is ${command}.${words}`);
  }

  #forget(): void {
    const { pid } = this.#child;
    if (pid !== undefined) this.#options.guard.remove(pid);
  }
}

function codeOf(cause: Error): string {
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : 'unknown error';
}
