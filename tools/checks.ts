import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** How many checks held and how many did not. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped?: number;
}

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

const CHECKS: readonly { readonly name: string; readonly command: readonly [string, ...string[]] }[] = [
  { name: 'format and lint', command: ['node_modules/.bin/biome', 'ci', '--error-on-warnings', '.'] },
  { name: 'types', command: ['node_modules/.bin/tsc', '-p', '.'] },
];

/** Runs format, lint and types in the order of their speed; each counts as one. */
export function runChecks(): Counts {
  let failed = 0;
  for (const { name, command } of CHECKS) {
    const [program, ...args] = command;
    const { status } = spawnSync(program, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
    process.stdout.write(`${status === 0 ? 'ok  ' : 'FAIL'} ${name}\n`);
    if (status !== 0) failed += 1;
  }
  return { passed: CHECKS.length - failed, failed };
}
