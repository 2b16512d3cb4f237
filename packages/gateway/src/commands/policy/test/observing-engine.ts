import { compilePlan, dataOf, type FiredRule, readData, UnsupportedPlan, type Value } from '@bailiff/rego';
import { readPolicyFiles } from '../../../decision/embedded/bundle-files.ts';
import { SWITCHES, type Switches, switchesDocument } from '../../../distribution/proof/observed-modules.ts';
import { DECISION } from '../../../distribution/proof/plan-proof.ts';
import type { ObservingEngine } from '../../../distribution/proof/prove-rules.ts';

/** As long as `opa test` gives each. */
const EVALUATION_DEADLINE_MS = 10_000;

/**
 * The embedded engine over a plan whose rules can be switched: an evaluation takes a fraction of a millisecond, so that each rule
 * can be switched in every test.
 * @returns why it cannot run the plan, where it cannot.
 */
export async function observingEngine(
  bundle: Uint8Array,
): Promise<ObservingEngine | { readonly refused: string }> {
  const files = await readPolicyFiles(bundle);
  const policy = compiled(files.plan);
  if ('refused' in policy) return policy;
  const root = readData(files.data).root as Readonly<Record<string, Value>>;
  // What is computed of data is kept with them, so that those of rules as written are made once.
  const known = { decision: new WeakMap<Switches, Data>(), other: new WeakMap<Switches, Data>() };
  const dataFor = (entrypoint: string, switches: Switches): Data => {
    const made = known[entrypoint === DECISION ? 'decision' : 'other'];
    const document = switchesDocument(switches, entrypoint === DECISION) as unknown as Value;
    const data = made.get(switches) ?? dataOf({ ...root, [SWITCHES]: document });
    made.set(switches, data);
    return data;
  };
  return {
    evaluate(entrypoint, switches, { inputText, isStrict }) {
      const data = dataFor(entrypoint, switches);
      const evaluation = policy.evaluate(entrypoint, {
        data,
        deadlineMs: EVALUATION_DEADLINE_MS,
        strict: isStrict,
        ...(inputText !== undefined && { inputText }),
      });
      if (evaluation.kind === 'failed') return { text: undefined, fired: () => new Set() };
      const text = evaluation.kind === 'defined' ? evaluation.text() : undefined;
      return { text, fired: () => namesOf(evaluation.fired) };
    },
  };
}

type Data = ReturnType<typeof dataOf>;

function namesOf(fired: readonly FiredRule[]): ReadonlySet<string> {
  return new Set(fired.flatMap(({ rule, file, row }) => [`${file.replace(/^(\.?\/)+/, '')}:${row}`, rule]));
}

function compiled(plan: string) {
  try {
    return compilePlan(plan);
  } catch (thrown) {
    if (thrown instanceof UnsupportedPlan) return { refused: thrown.message };
    throw thrown;
  }
}
