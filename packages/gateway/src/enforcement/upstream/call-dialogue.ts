import {
  Failure,
  failureOf,
  isQuestionMethod,
  isSevereEnough,
  type JsonObject,
  parseStrictText,
  QUESTION_ABILITIES,
  QUESTION_TIMEOUT_MS,
  type ServerNotification,
  type ServerReply,
} from '@bailiff/contract';
import { answerToServer, isJsonObject, replyToServer } from './handshake.ts';
import type { UpstreamRequest } from './upstream.ts';
import type { UpstreamMessage } from './upstream-message.ts';
import { abortFailure } from './wait.ts';

type Message<Kind extends UpstreamMessage['kind']> = Extract<UpstreamMessage, { readonly kind: Kind }>;

/** What a server may ask of its client during one call; as many again are refused, and further ones not even answered. */
const QUESTIONS_MAX = 16;

/** Objects and arrays within each other in what a server asks. */
const QUESTION_DEPTH_MAX = 64;

const INTERNAL_ERROR = -32603;

const AMBIGUOUS: ServerReply = {
  member: 'error',
  json: '{"code":-32602,"message":"Parsers would read these params differently, or they are nested too deep."}',
};

const TOO_MUCH: ServerReply = {
  member: 'error',
  json: '{"code":-32600,"message":"Too much was asked during one call."}',
};

export interface DialogueOptions {
  readonly request: Pick<UpstreamRequest, 'id' | 'channel' | 'timeoutMs'>;
  /** Sends a message to the server, which nobody waits for. */
  tell(bytes: Uint8Array): void;
  /** The server announced something that is not about the call. */
  announced(notification: ServerNotification): void;
  log(level: 'warn', message: string): void;
}

/**
 * What is said about one call between its begin and its answer: notifications on their way to the client, the server’s
 * questions, and the time that the answer may take. Silent once it is closed or given up.
 */
export class CallDialogue implements Disposable {
  readonly #options: DialogueOptions;
  readonly #caller: AbortSignal;
  readonly #givenUp = new AbortController();
  readonly #questions = new Map<string | number, AbortController>();
  #asked = 0;
  #leftMs: number;
  #runningSinceMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: DialogueOptions, caller: AbortSignal) {
    this.#options = options;
    this.#caller = caller;
    this.#leftMs = options.request.timeoutMs;
    if (caller.aborted) this.#onAbort();
    else {
      caller.addEventListener('abort', this.#onAbort, { once: true });
      this.#run();
    }
  }

  /** Aborted with a Failure when the caller leaves or the time is over. */
  get signal(): AbortSignal {
    return this.#givenUp.signal;
  }

  /** Whether the client can be asked for anything. */
  get hasChannel(): boolean {
    return this.#options.request.channel !== undefined;
  }

  /** Whether a question of the server’s waits for the client’s answer. */
  get isParked(): boolean {
    return this.#questions.size > 0;
  }

  notified({ method, params, json }: Message<'notification'>): void {
    if (this.#isClosed) return;
    const { id, channel } = this.#options.request;
    switch (method) {
      case 'notifications/progress':
        if (params.progressToken === id && channel?.wantsProgress === true) {
          channel.notified({ method, params, json });
        }
        return;
      case 'notifications/message':
        if (isSevereEnough(params.level, channel?.logLevel)) channel?.notified({ method, params, json });
        return;
      case 'notifications/cancelled': {
        const { requestId } = params;
        if (typeof requestId === 'string' || typeof requestId === 'number') {
          this.#questions.get(requestId)?.abort(new Failure('client_gone', 'The server asks no more.'));
        }
        return;
      }
      default:
        this.#options.announced({ method, params, json });
    }
  }

  /** Answers the server, now or once the client has answered. */
  asked({ id, method, json }: Message<'request'>): void {
    if (this.#isClosed) return;
    this.#asked += 1;
    const { log, tell } = this.#options;
    if (this.#asked > QUESTIONS_MAX || this.#questions.has(id)) {
      if (this.#asked === QUESTIONS_MAX + 1) log('warn', 'The server asks too much during one call.');
      if (this.#asked <= 2 * QUESTIONS_MAX) tell(replyToServer(id, TOO_MUCH));
      return;
    }
    const { channel } = this.#options.request;
    if (!isQuestionMethod(method) || channel?.capabilities[QUESTION_ABILITIES[method]] === undefined) {
      if (method !== 'ping') log('warn', 'Refused what the server asked of its client.');
      tell(answerToServer(id, method));
      return;
    }
    const params = strictParams(json);
    if (params === undefined) {
      log('warn', 'Refused a question that parsers would read differently.');
      tell(replyToServer(id, AMBIGUOUS));
      return;
    }
    this.#stop();
    const question = new AbortController();
    this.#questions.set(id, question);
    // The call’s own time stands still meanwhile.
    const late = setTimeout(() => question.abort(new Failure('upstream_timeout')), QUESTION_TIMEOUT_MS);
    channel
      .asked({ method, params, json: JSON.stringify(params) }, question.signal)
      .catch(errorOf)
      .then((reply) => {
        clearTimeout(late);
        this.#questions.delete(id);
        if (this.#isClosed) return;
        if (this.#questions.size === 0) this.#run();
        // A server that withdrew its question waits for nothing.
        const isWithdrawn = question.signal.aborted && abortFailure(question.signal).code === 'client_gone';
        if (!isWithdrawn) tell(replyToServer(id, reply));
      });
  }

  /** Nothing passes any more in either direction. */
  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#caller.removeEventListener('abort', this.#onAbort);
    for (const question of this.#questions.values()) question.abort(new Failure('client_gone'));
  }

  readonly #onAbort = (): void => this.#giveUp(abortFailure(this.#caller));

  #giveUp(failure: Failure): void {
    if (this.#isClosed) return;
    this[Symbol.dispose]();
    this.#givenUp.abort(failure);
  }

  #run(): void {
    this.#runningSinceMs = performance.now();
    this.#timer = setTimeout(() => this.#giveUp(new Failure('upstream_timeout')), this.#leftMs);
  }

  #stop(): void {
    if (this.#questions.size > 0) return;
    clearTimeout(this.#timer);
    this.#leftMs = Math.max(0, this.#leftMs - (performance.now() - this.#runningSinceMs));
  }
}

/** What everybody reads alike, so that the client sees what was decided about; undefined for everything else. */
function strictParams(json: string): JsonObject | undefined {
  try {
    const value = parseStrictText(json, { depthMax: QUESTION_DEPTH_MAX });
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What a server is told when its question could not be decided or was not answered. */
function errorOf(thrown: unknown): ServerReply {
  const { code } = failureOf(thrown);
  const message = code === 'upstream_timeout' ? 'The client did not answer in time.' : 'No answer.';
  return { member: 'error', json: JSON.stringify({ code: INTERNAL_ERROR, message }) };
}
