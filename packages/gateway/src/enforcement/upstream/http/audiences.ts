import type { Conversation, ServerNotification } from '@bailiff/contract';

type Heard = (notification: ServerNotification) => void;

/** Who listens in each conversation, for announcements that come on the way of a call instead of their own. */
export class Audiences {
  readonly #byKey = new Map<string, Set<Heard>>();

  /** Nobody has to join for the gateway itself. Returns how to leave. */
  join(conversation: Conversation | undefined, heard: Heard): () => void {
    if (conversation === undefined) return () => undefined;
    const { key } = conversation;
    const audience = this.#byKey.get(key) ?? new Set();
    this.#byKey.set(key, audience.add(heard));
    return () => {
      audience.delete(heard);
      if (audience.size === 0 && this.#byKey.get(key) === audience) this.#byKey.delete(key);
    };
  }

  has(conversation: Conversation | undefined): boolean {
    return conversation !== undefined && this.#byKey.has(conversation.key);
  }

  tell(conversation: Conversation | undefined, notification: ServerNotification): void {
    if (conversation === undefined) return;
    for (const heard of this.#byKey.get(conversation.key) ?? []) heard(notification);
  }
}
