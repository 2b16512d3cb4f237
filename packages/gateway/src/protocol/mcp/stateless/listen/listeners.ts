import { Failure, holderKey } from '@bailiff/contract';
import { acceptsEvents } from '../../../http/request-gate.ts';
import { admit } from '../../actions/opening.ts';
import type { McpPorts } from '../../ports.ts';
import { envelope } from '../../reply.ts';
import { type Listen, Listener, wantedBy } from './listener.ts';

/** Streams that listen, together and of one principal. */
export const LISTENERS_MAX = 4_096;
export const LISTENERS_OF_ONE_MAX = 32;

/** The open streams of `subscriptions/listen`. */
export class Listeners implements AsyncDisposable {
  readonly #ports: McpPorts;
  readonly #open = new Map<Listener, Promise<void>>();
  readonly #held = new Map<string, number>();
  #isStopping = false;

  constructor(ports: McpPorts) {
    this.#ports = ports;
  }

  /** Opens a stream and resolves once it is open. @throws Failure where it does not open. */
  async listen(listen: Listen): Promise<void> {
    const { exchange, message, principal } = listen;
    const wanted = wantedBy(message.params);
    if (!acceptsEvents(exchange.request.headers)) {
      throw new Failure('not_acceptable', 'The answer is a stream of events; the Accept header excludes it.');
    }
    const release = this.#ports.release();
    const { decisionId, signal } = exchange;
    const admitted = await admit({ ...listen, decisionId, signal });
    if (admitted.kind === 'refused') {
      const { reply } = admitted;
      return exchange.answer(reply.status ?? 200, envelope(message.id, reply));
    }
    if (this.#isStopping) throw new Failure('not_ready', 'The gateway is stopping.');
    const holder = holderKey(principal);
    this.#hold(holder);
    const listener = new Listener(this.#ports, listen, { wanted, release, admittedTo: admitted.server });
    let last: Promise<void>;
    try {
      await listener.open();
      last = listener.last();
    } catch (thrown) {
      this.#letGo(holder);
      throw thrown;
    }
    const over = last.finally(() => {
      this.#open.delete(listener);
      this.#letGo(holder);
    });
    this.#open.set(listener, over);
    if (this.#isStopping) listener.end();
  }

  /** Ends all streams as streams should end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true;
    for (const listener of this.#open.keys()) listener.end();
    await Promise.allSettled(this.#open.values());
  }

  #hold(holder: string): void {
    const held = this.#held.get(holder) ?? 0;
    const all = this.#held.values().reduce((sum, one) => sum + one, 0);
    if (all >= LISTENERS_MAX || held >= LISTENERS_OF_ONE_MAX) {
      throw new Failure('overloaded', 'Too many streams listen already.');
    }
    this.#held.set(holder, held + 1);
  }

  #letGo(holder: string): void {
    const left = (this.#held.get(holder) ?? 1) - 1;
    if (left > 0) this.#held.set(holder, left);
    else this.#held.delete(holder);
  }
}
