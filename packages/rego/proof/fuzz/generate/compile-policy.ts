import type { Oracle } from '../../oracle/open-oracle.ts';
import type { RandomPolicy } from './policies.ts';

/** How often a policy is tried again without the rules that OPA finds fault with. */
const ROUNDS_MAX = 12;

/** A policy and the plan that OPA makes of it. */
export interface CompiledPolicy extends RandomPolicy {
  readonly planText: string;
}

/** The part of a policy that compiles, with its plan; undefined where there is none. */
export async function compilePolicy(
  oracle: Oracle,
  policy: RandomPolicy,
  dataText: string,
): Promise<CompiledPolicy | undefined> {
  let left = policy;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    if (left.entrypoints.length === 0) return undefined;
    const planned = await oracle.plan(left.modules, dataText, left.entrypoints);
    if (planned.kind === 'plan') return { ...left, planText: planned.planText };
    const modules = withoutFaults(left.modules, planned.error.message);
    if (modules === undefined) return undefined;
    left = { modules, entrypoints: left.entrypoints.filter((path) => isThere(modules, path)) };
  }
  return undefined;
}

/** The modules without the rules in whose rows OPA found a fault; undefined where it named none. */
function withoutFaults(
  modules: Readonly<Record<string, string>>,
  message: string,
): Readonly<Record<string, string>> | undefined {
  const rows = [...message.matchAll(/(\w+\.rego):(\d+)/g)].map(([, file = '', row]) => ({
    file,
    row: Number(row),
  }));
  if (rows.length === 0) return undefined;
  return Object.fromEntries(
    Object.entries(modules).map(([file, text]) => {
      const faulty = rows.filter((fault) => fault.file === file).map(({ row }) => row);
      return [file, withoutRows(text, faulty)];
    }),
  );
}

function withoutRows(text: string, rows: readonly number[]): string {
  let first = 1;
  const kept = blocksOf(text).filter((block) => {
    const end = first + block.split('\n').length;
    const isFaulty = rows.some((row) => first <= row && row < end);
    first = end + 1; // the empty line between
    return !isFaulty || block.startsWith('package ');
  });
  return kept.join('\n\n');
}

/** The header and the rules of a module. */
export function blocksOf(text: string): string[] {
  return text.split('\n\n');
}

/** Whether modules still have a rule of this path, or the package. */
export function isThere(modules: Readonly<Record<string, string>>, path: string): boolean {
  const [folder = '', rule] = path.split('/');
  const blocks = blocksOf(modules[`${folder}.rego`] ?? '').slice(1);
  return blocks.some(
    (block) => rule === undefined || new RegExp(`^(?:default )?${rule}\\b(?!\\()`).test(block),
  );
}
