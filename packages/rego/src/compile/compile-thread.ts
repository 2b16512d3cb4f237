/** The thread of `compile-in-thread.ts`: compiles each plan that it is given. */
import { parentPort } from 'node:worker_threads';
import { builtins } from '../builtins/registry.ts';
import { messageOf } from '../evaluation/failure-of.ts';
import type { Plan } from '../plan/plan.ts';
import { readPlan } from '../plan/read-plan.ts';
import { UnsupportedPlan } from '../plan/unsupported-plan.ts';
import type { Said, ToThread } from './compile-in-thread.ts';
import { codeOf } from './compile-program.ts';
import { generateProgram } from './generate-program.ts';

parentPort?.on('message', ({ id, planText }: ToThread) => {
  parentPort?.postMessage({ id, said: compiled(planText) });
});

function compiled(planText: string): Said {
  let plan: Plan;
  try {
    plan = readPlan(planText, (name) => builtins.get(name));
  } catch (thrown) {
    if (thrown instanceof UnsupportedPlan) {
      const { builtins: called, statements } = thrown;
      return { kind: 'unsupported', needs: { builtins: called, statements } };
    }
    return { kind: thrown instanceof SyntaxError ? 'no_plan' : 'failed', message: messageOf(thrown) };
  }
  try {
    const options = { isTraced: false, replacedBuiltins: new Set<string>() };
    const { source, references } = generateProgram(plan, { ...options, isEager: true });
    const { places, rules, builtins: called } = references;
    const program = { source, references: { places, rules, builtins: called } };
    const entrypoints = plan.entrypoints.map(({ name }) => name);
    const code = codeOf(program);
    return {
      kind: 'compiled',
      plan: { ...program, code, entrypoints, functions: plan.functions.length },
    };
  } catch (thrown) {
    return { kind: 'failed', message: messageOf(thrown) };
  }
}
