import type { CallChannel, Era } from '@bailiff/contract';
import type { CallDialogue } from '../call-dialogue.ts';
import { answerToServer } from '../handshake.ts';
import type { TransportEvents } from '../upstream.ts';
import type { Said, ServerProcess } from './server-process.ts';

/** Whose calls one process works on: nobody’s but the gateway’s own, those of one conversation or one user, or anybody’s. */
export type Owner = 'gateway' | 'conversation' | 'user' | 'several';

/** Calls of one process that may wait for an answer of their clients at once; the question of a further one is refused. */
const PARKED_MAX = 16;

interface CallUnderWay {
  readonly dialogue: CallDialogue;
  readonly channel: CallChannel | undefined;
}

/** The calls that one process works on, and which of them what it says and asks belongs to. */
export class CallsUnderWay {
  readonly #owner: Owner;
  readonly #log: TransportEvents['log'];
  readonly #calls = new Map<string, CallUnderWay>();
  /** Whether the server was seen to ask again while a question of the same call was out. */
  #asksAtOnce = false;

  constructor(owner: Owner, log: TransportEvents['log']) {
    this.#owner = owner;
    this.#log = log;
  }

  /** Until what is given is disposed of, the call of this id is under way. */
  begin(id: string, call: CallUnderWay): Disposable {
    this.#calls.set(id, call);
    return { [Symbol.dispose]: () => void this.#calls.delete(id) };
  }

  /** Hands a notification to the call it belongs to; false for one that belongs to none. */
  notified(notification: Extract<Said, { kind: 'notification' }>, era: Era): boolean {
    const { method, params } = notification;
    if (method === 'notifications/cancelled') {
      // Only the call that has the question of this id out minds it.
      for (const { dialogue } of this.#calls.values()) dialogue.notified(notification);
      return true;
    }
    if (method === 'notifications/progress') {
      const { progressToken } = params;
      if (typeof progressToken === 'string') this.#calls.get(progressToken)?.dialogue.notified(notification);
      return true;
    }
    if (method !== 'notifications/message' || era !== 'stateless') return false;
    // Nothing says which call a log message is about: only where one is under way there is no doubt.
    const [only, another] = this.#calls.values();
    if (another === undefined) only?.dialogue.notified(notification);
    return true;
  }

  /** Has what the server asks answered by the client whose call it belongs to, where that can be told. */
  asked(question: Extract<Said, { kind: 'request' }>, process: Pick<ServerProcess, 'write'>, era: Era): void {
    const { id, method } = question;
    const call = method === 'ping' || era === 'stateless' ? undefined : this.#askingCall();
    if (call !== undefined) {
      this.#asksAtOnce ||= call.dialogue.isParked;
      call.dialogue.asked(question);
      return;
    }
    process.write(answerToServer(id, method));
    if (method !== 'ping') this.#log('warn', 'Refused what the server asked of its client.');
  }

  /**
   * The call that the server asks about, which can be told only where one is at work: or, in a process of one conversation,
   * where all calls have the same way back to the client.
   */
  #askingCall(): CallUnderWay | undefined {
    if (this.#owner === 'gateway') return undefined;
    const calls = [...this.#calls.values()];
    const parked = calls.filter(({ dialogue }) => dialogue.isParked);
    const last = calls.at(-1);
    const isSame = this.#owner === 'conversation' && calls.every(({ channel }) => channel === last?.channel);
    const [only, another] = isSame ? [last] : this.#mayAsk(calls, parked);
    if (only?.channel === undefined || another !== undefined) return undefined;
    return parked.length >= PARKED_MAX && !parked.includes(only) ? undefined : only;
  }

  /**
   * A call that waits for its client’s answer does nothing until it has it, so it is not taken for the one that asks while
   * another is at work. That is an assumption about the server, and so is made only where all calls are one principal’s, and
   * of no server that was seen to do otherwise.
   */
  #mayAsk(calls: readonly CallUnderWay[], parked: readonly CallUnderWay[]): readonly CallUnderWay[] {
    if (this.#owner === 'several' || this.#asksAtOnce || parked.length === calls.length) return calls;
    return calls.filter((call) => !parked.includes(call));
  }
}
