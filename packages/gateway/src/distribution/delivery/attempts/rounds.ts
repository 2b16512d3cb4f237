/** Rounds of work that follow each other. However often one is asked for while another is under way, there is one after it. */
export class Rounds {
  readonly #round: () => Promise<void>;
  #turn: Promise<void> = Promise.resolve();
  #isAsked = false;

  /** `round` never rejects. */
  constructor(round: () => Promise<void>) {
    this.#round = round;
  }

  /** Now, or as soon as what is under way is done. */
  ask(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    this.#turn = this.#turn.then(() => {
      this.#isAsked = false;
      return this.#round();
    });
  }

  /** Resolves once all that was asked for is done, and what that asked for. */
  async settled(): Promise<void> {
    for (let turn: unknown; turn !== this.#turn; await turn) turn = this.#turn;
  }
}
