/** Agents that are told apart at most; of those that come later nothing is known. */
export const AGENTS_MAX = 10_000;

interface Calls {
  all: number;
  denied: number;
}

/** Which share of agents is denied most of what it asks for: one agent counts once, however often it calls. */
export class DenialTally {
  readonly #agents = new Map<string, Calls>();
  #denied = 0;

  /** One decided call of an agent. */
  observe(agentId: string, isDenied: boolean): void {
    const calls = this.#agents.get(agentId) ?? this.#added(agentId);
    if (calls === undefined) return;
    const before = isMostlyDenied(calls);
    calls.all += 1;
    if (isDenied) calls.denied += 1;
    this.#denied += Number(isMostlyDenied(calls)) - Number(before);
  }

  /** Distinct agents that called. */
  get agents(): number {
    return this.#agents.size;
  }

  /** Those of them of whose calls more than half were denied. */
  get denied(): number {
    return this.#denied;
  }

  /** From 0 to 1; 0 where nobody called. */
  get share(): number {
    return this.agents === 0 ? 0 : this.#denied / this.agents;
  }

  #added(agentId: string): Calls | undefined {
    if (this.#agents.size >= AGENTS_MAX) return undefined;
    const calls = { all: 0, denied: 0 };
    this.#agents.set(agentId, calls);
    return calls;
  }
}

function isMostlyDenied({ all, denied }: Calls): boolean {
  return denied * 2 > all;
}
