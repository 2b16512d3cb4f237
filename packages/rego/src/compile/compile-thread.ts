/** The thread of `compile-in-thread.ts`: compiles each plan that it is given. */
import { parentPort } from 'node:worker_threads';
import { builtins } from '../builtins/registry.ts';
import { readPlan } from '../plan/read-plan.ts';
import { UnsupportedPlan } from '../plan/unsupported-plan.ts';
import type { FromThread } from './compile-in-thread.ts';
import { codeOf } from './compile-program.ts';
import { generateProgram } from './generate-program.ts';

parentPort?.on('message', (planText: string) => parentPort?.postMessage(compiled(planText)));

function compiled(planText: string): FromThread {
  try {
    const plan = readPlan(planText, (name) => builtins.get(name));
    const options = { isTraced: false, collectsConflicts: false, replacedBuiltins: new Set<string>() };
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
    if (thrown instanceof SyntaxError) return { kind: 'no_plan', message: thrown.message };
    if (!(thrown instanceof UnsupportedPlan)) throw thrown; // Ends the thread, and whoever waits is told.
    const { builtins: called, statements } = thrown;
    return { kind: 'unsupported', needs: { builtins: called, statements } };
  }
}
