import type { CallChannel, Era } from '@bailiff/contract';
import type { CallDialogue } from '../call-dialogue.ts';
import { answerToServer } from '../handshake.ts';
import type { TransportEvents } from '../upstream.ts';
import type { Said, ServerProcess } from './server-process.ts';

/** Whose calls one process works on: nobody’s but the gateway’s own, those of one conversation, or anybody’s. */
export type Owner = 'gateway' | 'conversation' | 'several';

interface CallUnderWay {
  readonly dialogue: CallDialogue;
  readonly channel: CallChannel | undefined;
}

/** The calls that one process works on, and which of them what it says and asks belongs to. */
export class CallsUnderWay {
  readonly #owner: Owner;
  readonly #log: TransportEvents['log'];
  readonly #calls = new Map<string, CallUnderWay>();

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
    // Without sessions a log message belongs to a call that asked for some: to the one where there is only one.
    const asking = [...this.#calls.values()].filter(({ channel }) => channel?.logLevel !== undefined);
    if (asking.length === 1) asking[0]?.dialogue.notified(notification);
    return true;
  }

  /** Has what the server asks answered by the client whose call it belongs to, where that can be told. */
  asked(question: Extract<Said, { kind: 'request' }>, process: ServerProcess, era: Era): void {
    const { id, method } = question;
    const call = method === 'ping' || era === 'stateless' ? undefined : this.#askingCall();
    if (call !== undefined) {
      call.dialogue.asked(question);
      return;
    }
    process.write(answerToServer(id, method));
    if (method !== 'ping') this.#log('warn', 'Refused what the server asked of its client.');
  }

  /**
   * The call that the server asks about. In a process of one conversation it is the client of all its calls that is asked, so
   * the last one will do; elsewhere it can be told only where one call is under way.
   */
  #askingCall(): CallUnderWay | undefined {
    if (this.#owner === 'gateway') return undefined;
    const calls = [...this.#calls.values()];
    if (this.#owner === 'several' && calls.length !== 1) return undefined;
    return calls.findLast(({ channel }) => channel !== undefined);
  }
}
