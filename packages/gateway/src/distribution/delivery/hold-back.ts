import { BundleFailure, type Finding } from '../finding.ts';
import type { ReleaseVector } from '../releases/release-store.ts';
import { differingParts, isIn, mixed, REGISTRY } from './target.ts';

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

/** Vectors that are tried for one delivery at most; what is new and was not tried by then waits. */
export const ATTEMPTS_MAX = 40;

/** Parts that stand or fall together. */
type Unit = readonly string[];

/**
 * Finds the most of `wanted` that passes: whole if it can be, else without the parts that are to blame, each left as `good` has
 * it. Where nobody can be blamed, each half is tried by itself, and so on down to the parts that do not pass.
 * @throws what `attempt` throws.
 */
export async function mostThatPasses<Passed>(
  { good, wanted }: { readonly good: ReleaseVector; readonly wanted: ReleaseVector },
  attempt: (vector: ReleaseVector) => Promise<Attempt<Passed>>,
): Promise<Choice<Passed>> {
  const held = new Map<string, Objection>();
  const taken = new Set<string>();
  let best: { readonly vector: ReleaseVector; readonly value: Passed | undefined } = {
    vector: good,
    value: undefined,
  };
  let attempts = 0;
  const blamedBeside = new Map<string, { readonly triedWith: readonly string[] }>();
  const take = async (units: readonly Unit[]): Promise<void> => {
    const names = units.flat();
    if (names.length === 0) return;
    if (attempts >= ATTEMPTS_MAX) return hold(names, NOT_TRIED);
    attempts += 1;
    const vector = mixed(good, wanted, new Set([...taken, ...names]));
    const result = await attempt(vector);
    if (result.kind === 'passed') {
      for (const name of names) taken.add(name);
      best = { vector, value: result.value };
      return;
    }
    const [only] = units;
    const blamed = new Set(names.filter((name) => result.blamed.includes(name)));
    // What only this registry names is nothing without it.
    if (blamed.has(REGISTRY)) for (const name of only ?? []) blamed.add(name);
    if (units.length === 1 && (blamed.size === 0 || blamed.size === only?.length)) return hold(names, result);
    if (blamed.size > 0) {
      for (const name of blamed)
        blamedBeside.set(name, { triedWith: names.filter((other) => !blamed.has(other)) });
      hold(blamed, result);
      return take(
        units.map((unit) => unit.filter((name) => !blamed.has(name))).filter(({ length }) => length),
      );
    }
    const middle = Math.ceil(units.length / 2);
    await take(units.slice(0, middle));
    await take(units.slice(middle));
  };
  const hold = (names: Iterable<string>, objection: Objection): void => {
    for (const name of names)
      held.set(name, { ...objection, findings: ownFindings(name, wanted, objection) });
  };
  await take(unitsOf(good, wanted));
  // What was blamed beside a part that is held itself may do without that part.
  for (const [name, { triedWith }] of blamedBeside) {
    if (taken.has(name) || [...triedWith].every((other) => taken.has(other))) continue;
    held.delete(name);
    await take([[name]]);
  }
  return { ...best, held };
}

const NOT_TRIED: Objection = { check: 'not_tried', findings: [], blamed: [] };

/** What stands in a part itself; everything where nothing does, since then something else tells what is wrong with it. */
function ownFindings(name: string, vector: ReleaseVector, { findings }: Objection): readonly Finding[] {
  const own = findings.filter(({ file }) => isIn(name, vector, file));
  return own.length > 0 ? own : findings;
}

/** What is new, the registry first: with it go the bundles that only one of the two registries names. */
function unitsOf(good: ReleaseVector, wanted: ReleaseVector): Unit[] {
  const names = differingParts(good, wanted);
  if (!names.includes(REGISTRY)) return names.map((name) => [name]);
  const goesWithIt = (name: string) => name === REGISTRY || good.parts.has(name) !== wanted.parts.has(name);
  return [names.filter(goesWithIt), ...names.filter((name) => !goesWithIt(name)).map((name) => [name])];
}

/**
 * `wanted` where there is nothing good to keep, so that everything has to pass.
 * @throws BundleFailure where it does not; what `attempt` throws.
 */
export async function allThatPasses<Passed>(
  wanted: ReleaseVector,
  attempt: (vector: ReleaseVector) => Promise<Attempt<Passed>>,
): Promise<Choice<Passed>> {
  const result = await attempt(wanted);
  if (result.kind === 'refused') throw new BundleFailure(result.findings);
  return { vector: wanted, value: result.value, held: new Map() };
}
