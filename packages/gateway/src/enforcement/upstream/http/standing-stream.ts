import { Failure, isSevereEnough, type ServerNotification, type Subscription } from '@bailiff/contract';
import { pause } from '../wait.ts';

/** The pause before a stream is opened again, which doubles while that fails. */
const PAUSE_MS = 1_000;
const PAUSE_MAX_MS = 30_000;

/** The least that is kept of a pause that a server names. */
const RETRY_MIN_MS = 250;

/** How one connection of a stream ended. */
export interface StreamEnd {
  readonly mayReopen: boolean;
  /** Whether the server served it: then the next pause is a short one again. */
  readonly wasOpened?: boolean;
  /** The pause that the server asks for. */
  readonly retryMs?: number | undefined;
}

export interface StandingStreamOptions {
  /** One connection, until it ends. */
  open(signal: AbortSignal): Promise<StreamEnd>;
  log(message: string): void;
}

/** A stream of announcements that is opened again whenever it ends, until it is disposed of or the server has none. */
export class StandingStream implements AsyncDisposable {
  readonly #options: StandingStreamOptions;
  readonly #ended = new AbortController();
  readonly #running: Promise<void>;

  constructor(options: StandingStreamOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort(new Failure('client_gone'));
    await this.#running;
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    const { signal } = this.#ended;
    let pauseMs = PAUSE_MS;
    while (!signal.aborted) {
      try {
        const end = await this.#options.open(signal);
        if (!end.mayReopen) return;
        if (end.wasOpened === true) pauseMs = PAUSE_MS;
        await pause(end.retryMs === undefined ? pauseMs : Math.max(end.retryMs, RETRY_MIN_MS), signal);
      } catch (failure) {
        if (signal.aborted) return;
        if (failure instanceof Failure && failure.code === 'upstream_invalid') {
          this.#options.log('The server’s announcements cannot be read.');
          return;
        }
        await pause(pauseMs, signal).catch(() => undefined);
      }
      pauseMs = Math.min(pauseMs * 2, PAUSE_MAX_MS);
    }
  }
}

/** Notifications that are about no call, by which part of a subscription they are wanted. */
const ANNOUNCEMENTS: Readonly<Record<string, 'always' | 'resource' | 'log'>> = {
  'notifications/tools/list_changed': 'always',
  'notifications/prompts/list_changed': 'always',
  'notifications/resources/list_changed': 'always',
  'notifications/resources/updated': 'resource',
  'notifications/message': 'log',
  'notifications/tasks/status': 'always',
  'notifications/elicitation/complete': 'always',
};

/** Whether a subscription is about this. */
export function isWanted({ method, params }: ServerNotification, wanted: Subscription): boolean {
  const by = Object.hasOwn(ANNOUNCEMENTS, method) ? ANNOUNCEMENTS[method] : undefined;
  switch (by) {
    case 'always':
      return true;
    case 'resource':
      return typeof params.uri === 'string' && wanted.resources.includes(params.uri);
    case 'log':
      return isSevereEnough(params.level, wanted.logLevel);
    default:
      return false;
  }
}
