/** The thread of `evaluate-tests.ts`: says what came of the tests that it was given. */
import { parentPort, workerData } from 'node:worker_threads';
import { compilePlan, type Policy, readData, UnsupportedPlan } from '@bailiff/rego';
import { readPolicyFiles } from '../../decision/embedded/bundle-files.ts';
import type { PlannedTests } from '../../distribution/planned-tests.ts';
import type { TestsCompared } from './evaluate-tests.ts';

/** As long as `opa test` gives each. */
const TEST_DEADLINE_MS = 10_000;

parentPort?.postMessage(await compare(workerData as PlannedTests));

async function compare({ bundle, tests }: PlannedTests): Promise<TestsCompared> {
  const files = await readPolicyFiles(bundle);
  let policy: Policy;
  try {
    policy = compilePlan(files.plan);
  } catch (thrown) {
    if (!(thrown instanceof UnsupportedPlan)) throw thrown;
    return { kind: 'unclaimed', compared: 0, detail: thrown.message };
  }
  const data = readData(files.data);
  for (const [index, { name, entrypoint, passed }] of tests.entries()) {
    // As `opa test` does it, where the error of a built-in is undefined.
    const evaluation = policy.evaluate(entrypoint, { data, deadlineMs: TEST_DEADLINE_MS, strict: false });
    const passes = evaluation.kind === 'defined' && evaluation.value === true;
    if (passes !== passed) return { kind: 'different', compared: index + 1, test: name };
  }
  return { kind: 'same', compared: tests.length };
}
