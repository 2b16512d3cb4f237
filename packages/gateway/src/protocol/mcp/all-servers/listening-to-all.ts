import {
  type Conversation,
  Failure,
  failureOf,
  type Listening,
  type ServerNotification,
  type Subscription,
} from '@bailiff/contract';
import type { Member } from './all-servers.ts';
import { ownUriOf } from './names.ts';
import { renamedNotification } from './renamed.ts';

export interface ListeningToAllOptions {
  readonly conversation: Conversation;
  heard(notification: ServerNotification): void;
  leftOut(member: Member, failure: Failure): void;
}

/** What is wanted of one server, and the subscription there, once there is one. */
interface Part extends Member {
  wanted: Subscription;
  listening: Promise<Listening> | undefined;
}

/**
 * Subscriptions at all servers as one. Only those that a change is about can refuse it; any other that cannot be asked is left out
 * until the next change.
 */
export class ListeningToAll implements Listening {
  readonly #options: ListeningToAllOptions;
  readonly #parts: readonly Part[];
  #isOver = false;

  constructor(members: readonly Member[], options: ListeningToAllOptions) {
    this.#options = options;
    const wanted = { resources: [], logLevel: undefined };
    this.#parts = members.map((member) => ({ ...member, wanted, listening: undefined }));
  }

  async update(wanted: Subscription, signal: AbortSignal): Promise<void> {
    const owns = wanted.resources.map(ownUriOf);
    const names = new Set(this.#parts.map(({ name }) => name));
    // Never a yes that nothing would be heard of: a server that refuses the principal is not there.
    if (owns.some(({ serverName }) => !names.has(serverName))) throw new Failure('unknown_resource');
    const needed: Promise<void>[] = [];
    for (const part of this.#parts) {
      const resources = owns.filter(({ serverName }) => serverName === part.name).map(({ own }) => own);
      const next = { resources, logLevel: wanted.logLevel };
      const isAboutIt = !isSame(part.wanted.resources, resources);
      const changed = this.#change(part, next, signal);
      if (isAboutIt) needed.push(changed);
      else changed.catch((thrown: unknown) => this.#options.leftOut(part, failureOf(thrown)));
    }
    await Promise.all(needed);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await Promise.allSettled(
      this.#parts.map(async ({ listening }) => (await listening)?.[Symbol.asyncDispose]()),
    );
  }

  async #change(part: Part, next: Subscription, signal: AbortSignal): Promise<void> {
    if (this.#isOver) return;
    const before = part.wanted;
    part.wanted = next;
    try {
      if (part.listening === undefined) await this.#begin(part, next);
      else if (!isSame(before.resources, next.resources) || before.logLevel !== next.logLevel) {
        await (await part.listening).update(next, signal);
      }
    } catch (thrown) {
      if (part.wanted === next) part.wanted = before;
      throw thrown;
    }
  }

  async #begin(part: Part, wanted: Subscription): Promise<void> {
    const listening = part.server.listen(this.#options.conversation, wanted, (told) => {
      if (!this.#isOver) this.#options.heard(renamedNotification(told, part.name));
    });
    part.listening = listening;
    try {
      await listening;
    } catch (thrown) {
      if (part.listening === listening) part.listening = undefined;
      throw thrown;
    }
  }
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((value, index) => value === other[index]);
}
