import type { Listening, Subscription } from '@bailiff/contract';

export interface ListeningHereOptions {
  /** Subscribes at the server as it is now. */
  listen(wanted: Subscription): Promise<Listening>;
  ended(): void;
}

/** A subscription that outlives the process it was made at: it is made again where the server has moved. */
export class ListeningHere implements Listening {
  readonly #options: ListeningHereOptions;
  #wanted: Subscription = { resources: [], logLevel: undefined };
  #at: Listening | undefined;
  #isOver = false;
  /** One change after the other. */
  #changing: Promise<void> = Promise.resolve();

  constructor(options: ListeningHereOptions) {
    this.#options = options;
  }

  /** @throws Failure as `Upstream.listen`. */
  begin(wanted: Subscription): Promise<void> {
    return this.#next(async () => {
      this.#at = await this.#options.listen(wanted);
      this.#wanted = wanted;
    });
  }

  /** Subscribes anew, and lets go of where it was subscribed. @throws Failure as `Upstream.listen`: a later update tries again. */
  again(): Promise<void> {
    return this.#next(async () => {
      const before = this.#at;
      this.#at = undefined;
      void Promise.allSettled([before?.[Symbol.asyncDispose]()]); // Its process is ending as well.
      if (!this.#isOver) this.#at = await this.#options.listen(this.#wanted);
    });
  }

  update(wanted: Subscription, signal: AbortSignal): Promise<void> {
    return this.#next(async () => {
      if (this.#at === undefined) this.#at = await this.#options.listen(wanted);
      else await this.#at.update(wanted, signal);
      this.#wanted = wanted;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    this.#options.ended();
    await this.#next(async () => this.#at?.[Symbol.asyncDispose]());
  }

  #next(change: () => Promise<void>): Promise<void> {
    const changed = this.#changing.then(change);
    this.#changing = changed.catch(() => undefined); // Whoever asked for it is told.
    return changed;
  }
}
