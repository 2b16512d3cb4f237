import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  Failure,
  type JsonObject,
  type ServerNotification,
  type ServerQuestion,
  type ServerReply,
} from '@bailiff/contract';
import type { Reply } from '../request-context.ts';
import { STATE_TTL_MS } from './sealed-state.ts';

/** Calls that wait for answers of their clients, together and of one principal. */
export const PARKED_MAX = 1_024;
export const PARKED_OF_ONE_MAX = 16;

/** How long questions are waited for that come together with one that is there. */
const GATHER_MS = 10;

/** What comes next of a call that is under way: its answer, or questions of its server that stand open. */
export type Turn =
  | { readonly kind: 'reply'; readonly reply: Reply }
  | { readonly kind: 'questions'; readonly questions: ReadonlyMap<string, ServerQuestion> };

interface OpenQuestion {
  readonly question: ServerQuestion;
  answer(reply: ServerReply): void;
}

/** Who hears what the server says while a call is under way. */
export interface Attendant {
  notified(notification: ServerNotification): void;
}

/**
 * One call to a server that asks while it works. Between a question and its answer nobody is connected: the HTTP request that
 * began the call was answered with the question, and the one that brings the answer is another.
 */
export class InterruptibleCall {
  readonly controller = new AbortController();
  readonly #open = new Map<string, OpenQuestion>();
  #asked = 0;
  #deciding = 0;
  #reply: Reply | undefined;
  #thrown: { readonly thrown: unknown } | undefined;
  #wake: () => void = () => undefined;
  #attendant: Attendant | undefined;

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** While it lasts, `attendant` hears what the server says, and the abort of `signal` ends the call. */
  attend(signal: AbortSignal, attendant: Attendant): Disposable {
    const leave = () => this.controller.abort(signal.reason);
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    this.#attendant = attendant;
    return {
      [Symbol.dispose]: () => {
        signal.removeEventListener('abort', leave);
        this.#attendant = undefined;
      },
    };
  }

  /** Hands on what the server says, where somebody is connected to hear it. */
  notified(notification: ServerNotification): void {
    this.#attendant?.notified(notification);
  }

  /** A question that is being decided about. Those that come together are asked together, so the client’s turn waits for it. */
  decides(): Disposable {
    let isOver = false;
    this.#deciding += 1;
    return {
      [Symbol.dispose]: () => {
        if (isOver) return;
        isOver = true;
        this.#deciding -= 1;
        this.#wake();
      },
    };
  }

  /** Asks the client, in whichever request it comes back. @throws Failure of `signal` when nobody waits for the answer any more. */
  ask(question: ServerQuestion, signal: AbortSignal): Promise<ServerReply> {
    this.#asked += 1;
    const key = `question_${this.#asked}`;
    return new Promise((resolve, reject) => {
      const over = AbortSignal.any([signal, this.signal]);
      const onOver = () => {
        this.#open.delete(key);
        reject(over.reason);
      };
      if (over.aborted) return onOver();
      over.addEventListener('abort', onOver, { once: true });
      this.#open.set(key, {
        question,
        answer: (reply) => {
          over.removeEventListener('abort', onOver);
          this.#open.delete(key);
          resolve(reply);
        },
      });
      this.#wake();
    });
  }

  /** Lets what carries out the call run; its answer is a later turn. */
  run(running: Promise<Reply>): void {
    running.then(
      (reply) => {
        this.#reply = reply;
        this.#wake();
      },
      (thrown: unknown) => {
        this.#thrown = { thrown };
        this.#wake();
      },
    );
  }

  /** Answers the questions that stand open; answers to others mean nothing. */
  give(answers: JsonObject): void {
    for (const [key, { answer }] of [...this.#open]) {
      const given = Object.hasOwn(answers, key) ? answers[key] : undefined;
      if (given !== undefined) answer({ member: 'result', json: JSON.stringify(given) });
    }
  }

  /** What comes next. @throws what the call itself threw. */
  async next(): Promise<Turn> {
    for (;;) {
      if (this.#thrown !== undefined) throw this.#thrown.thrown;
      if (this.#reply !== undefined) return { kind: 'reply', reply: this.#reply };
      if (this.#open.size > 0) await pause(GATHER_MS); // What a server asks at once arrives a moment apart.
      if (this.#open.size > 0 && this.#deciding === 0) {
        const questions = new Map([...this.#open].map(([key, { question }]) => [key, question]));
        return { kind: 'questions', questions };
      }
      if (this.#reply !== undefined || this.#thrown !== undefined) continue;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

interface Parked {
  readonly call: InterruptibleCall;
  readonly holder: string;
  readonly timer: NodeJS.Timeout;
}

/** The calls that wait for their clients to come back: bounded in number and in time, each fetched once. */
export class ParkedCalls implements Disposable {
  readonly #parked = new Map<string, Parked>();
  readonly #held = new Map<string, number>();

  get size(): number {
    return this.#parked.size;
  }

  /**
   * Parks a call until its client comes back or its time is over, when it is given up. The id is 128 random bits and another one
   * every time. @throws Failure `overloaded` when too many wait.
   */
  park(call: InterruptibleCall, holder: string): string {
    const held = this.#held.get(holder) ?? 0;
    if (this.#parked.size >= PARKED_MAX || held >= PARKED_OF_ONE_MAX) {
      throw new Failure('overloaded', 'Too many calls wait for answers of their clients.');
    }
    const id = randomBytes(16).toString('hex');
    const timer = setTimeout(() => this.#giveUp(id), STATE_TTL_MS).unref();
    this.#parked.set(id, { call, holder, timer });
    this.#held.set(holder, held + 1);
    return id;
  }

  has(id: string): boolean {
    return this.#parked.has(id);
  }

  /** Fetches a call: whoever comes second gets nothing. */
  take(id: string): InterruptibleCall | undefined {
    const parked = this.#parked.get(id);
    if (parked === undefined) return undefined;
    clearTimeout(parked.timer);
    this.#parked.delete(id);
    const held = (this.#held.get(parked.holder) ?? 1) - 1;
    if (held > 0) this.#held.set(parked.holder, held);
    else this.#held.delete(parked.holder);
    return parked.call;
  }

  [Symbol.dispose](): void {
    for (const id of [...this.#parked.keys()]) this.#giveUp(id);
  }

  #giveUp(id: string): void {
    const reason = new Failure('client_gone', 'The client did not answer what the server asked.');
    this.take(id)?.controller.abort(reason);
  }
}
