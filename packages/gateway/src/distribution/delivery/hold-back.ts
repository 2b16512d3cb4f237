import type { Finding } from '../finding.ts';
import type { ReleaseVector } from '../releases/release-store.ts';
import { differingParts, mixed, REGISTRY } from './target.ts';

/** What came of trying one vector. */
export type Attempt<Passed> =
  | { readonly kind: 'passed'; readonly value: Passed }
  | ({ readonly kind: 'refused' } & Objection);

/** Why a vector was refused, and whose fault that seems to be. */
export interface Objection {
  /** The check that refused it, as `tests`. */
  readonly check: string;
  readonly findings: readonly Finding[];
  /** Parts that the findings stand in; empty where nothing says. */
  readonly blamed: readonly string[];
}

/** The vector that passed, and the parts that were kept as they are good. */
export interface Choice<Passed> {
  readonly vector: ReleaseVector;
  /** Undefined where nothing new passed. */
  readonly value: Passed | undefined;
  readonly held: ReadonlyMap<string, Objection>;
}

/** Vectors that are tried for one delivery at most; beyond that everything new waits. */
const ATTEMPTS_MAX = 40;

/**
 * Finds the most of `wanted` that passes: whole if it can be, else without the parts that are to blame, each left as `good` has
 * it. Where nobody can be blamed, parts are taken in one at a time, and those that do not pass are left out.
 * @throws what `attempt` throws.
 */
export async function mostThatPasses<Passed>(
  { good, wanted }: { readonly good: ReleaseVector; readonly wanted: ReleaseVector },
  attempt: (vector: ReleaseVector) => Promise<Attempt<Passed>>,
): Promise<Choice<Passed>> {
  const pending = new Set(differingParts(good, wanted));
  const held = new Map<string, Objection>();
  for (let attempts = 0; pending.size > 0 && attempts < ATTEMPTS_MAX; attempts++) {
    const vector = mixed(good, wanted, pending);
    const result = await attempt(vector);
    if (result.kind === 'passed') return { vector, value: result.value, held };
    const [only] = pending;
    const blamed =
      pending.size === 1 && only !== undefined ? [only] : result.blamed.filter((name) => pending.has(name));
    if (blamed.length === 0) return oneByOne({ good, wanted, pending, held }, attempt);
    for (const name of blamed) {
      pending.delete(name);
      held.set(name, result);
    }
  }
  return { vector: good, value: undefined, held };
}

async function oneByOne<Passed>(
  {
    good,
    wanted,
    pending,
    held,
  }: {
    readonly good: ReleaseVector;
    readonly wanted: ReleaseVector;
    readonly pending: ReadonlySet<string>;
    readonly held: Map<string, Objection>;
  },
  attempt: (vector: ReleaseVector) => Promise<Attempt<Passed>>,
): Promise<Choice<Passed>> {
  const taken = new Set<string>();
  let best: Choice<Passed> = { vector: good, value: undefined, held };
  // The registry comes first: a bundle that it does not name yet cannot pass without it.
  const names = [...pending].sort((a, b) => Number(b === REGISTRY) - Number(a === REGISTRY));
  for (const name of names.slice(0, ATTEMPTS_MAX)) {
    // What only the new registry names cannot be told apart from it.
    const added = name === REGISTRY ? names.filter((other) => !good.parts.has(other)) : [name];
    const vector = mixed(good, wanted, new Set([...taken, ...added]));
    const result = await attempt(vector);
    if (result.kind === 'refused') held.set(name, result);
    else {
      for (const part of added) taken.add(part);
      best = { vector, value: result.value, held };
    }
  }
  return best;
}
