import { compilePlan, type Policy, UnsupportedPlan } from '../../src/index.ts';
import type { BuiltinDeclaration, Oracle } from '../oracle/open-oracle.ts';
import type { Trial } from './compare.ts';
import { compilePolicy } from './generate/compile-policy.ts';
import { dataText, inputText } from './generate/inputs.ts';
import { randomPolicy } from './generate/policies.ts';
import { Random } from './generate/random.ts';

/** Evaluations of one random policy. */
const TRIALS_PER_POLICY = 40;

/** A policy and what to evaluate of it. */
export interface Batch {
  readonly policy: Policy;
  readonly trials: readonly Trial[];
}

/** A random policy with its trials: the same ones for the same name. Undefined where chance made nothing that compiles. */
export async function randomBatch(
  oracle: Oracle,
  declarations: readonly BuiltinDeclaration[],
  name: string,
): Promise<Batch | undefined> {
  const random = new Random(name);
  const data = dataText(random);
  const compiled = await compilePolicy(oracle, randomPolicy(random, declarations), data);
  if (compiled === undefined) return undefined;
  const { modules, entrypoints, planText } = compiled;
  let policy: Policy;
  try {
    policy = compilePlan(planText);
  } catch (error) {
    if (error instanceof UnsupportedPlan) return undefined;
    throw new Error(`policy ${name} does not compile: ${String(error)}`, { cause: error });
  }
  const trials = Array.from({ length: TRIALS_PER_POLICY }, () => {
    const input = inputText(random);
    return {
      modules,
      dataText: data,
      entrypoint: random.pick(entrypoints),
      ...(input === undefined ? {} : { inputText: input }),
      strict: random.chance(0.6),
    };
  });
  return { policy, trials };
}
