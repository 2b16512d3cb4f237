import { Failure, type JsonObject, type ServerDescription, type Subscription } from '@bailiff/contract';

export interface ToldSubscriptionOptions {
  readonly description: ServerDescription;
  /** A question of the gateway’s own in the conversation; whether the server took it. @throws Failure `upstream_*`. */
  ask(method: string, params: JsonObject, signal: AbortSignal): Promise<boolean>;
}

/** What a server that keeps sessions was told of a subscription: it wants to be asked for each part. */
export class ToldSubscription {
  readonly #options: ToldSubscriptionOptions;
  readonly #resources = new Set<string>();
  #logLevel: string | undefined;

  constructor(options: ToldSubscriptionOptions) {
    this.#options = options;
  }

  /** Tells the server what has changed. @throws Failure `upstream_*` when it does not take a resource. */
  async sync({ resources, logLevel }: Subscription, signal: AbortSignal): Promise<void> {
    const wanted = new Set(resources);
    for (const uri of wanted.difference(this.#resources)) {
      if (!(await this.#options.ask('resources/subscribe', { uri }, signal))) {
        throw new Failure('upstream_invalid', 'The upstream server did not take the subscription.');
      }
      this.#resources.add(uri);
    }
    for (const uri of this.#resources.difference(wanted)) {
      this.#resources.delete(uri);
      await this.#options.ask('resources/unsubscribe', { uri }, signal);
    }
    await this.#syncLevel(logLevel, signal);
  }

  async #syncLevel(level: string | undefined, signal: AbortSignal): Promise<void> {
    const { capabilities } = this.#options.description;
    if (level === undefined || level === this.#logLevel || capabilities.logging === undefined) return;
    await this.#options.ask('logging/setLevel', { level }, signal);
    this.#logLevel = level;
  }
}
