import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OpaTest, TestedRelease } from '../bundle-tests.ts';
import { stageTests } from '../bundle-tests.ts';
import { errorsOf, runOpa } from '../opa.ts';
import { segmentsOf } from '../planned-tests.ts';
import { CAPABILITIES, openStage } from '../stage.ts';
import { AS_WRITTEN, type ObservedRule, SWITCHES, switchesDocument } from './observed-modules.ts';

/** A test as an entrypoint of a plan. */
export interface PlannedProbe {
  /** Package and name, as `policy.compliance_test.test_residency`. */
  readonly name: string;
  readonly entrypoint: string;
  readonly file: string;
  readonly row: number;
  /** Whether it has several cases, so that its value is one for each of them. */
  readonly hasCases: boolean;
}

/** OPA’s plan of a release whose rules can be switched, and what in it can be asked. */
export interface PlannedProof {
  /** Bundle with the plan. */
  readonly bundle: Uint8Array;
  /** Tests that pass. */
  readonly probes: readonly PlannedProbe[];
}

/** Document that decisions are read from. */
export const DECISION = 'bailiff/decision';

/** Tests that are planned at most: the names of all go into one command line. */
const PROBES_MAX = 10_000;

/**
 * Plans a release whose modules are observed, with its tests, and with the kernel’s decision where there is a kernel.
 * @returns why it cannot be planned, where it cannot.
 * @throws Failure when `opa` cannot be run; the signal’s reason on abort.
 */
export async function planProof(
  observed: TestedRelease & { readonly rules: readonly ObservedRule[] },
  tests: readonly OpaTest[],
  { opa, signal }: { readonly opa: string; readonly signal: AbortSignal },
): Promise<PlannedProof | { readonly refused: string }> {
  const probes = probesOf(tests);
  const hasKernel = observed.sources.kernel.length > 0;
  if (probes.length === 0 && !hasKernel) return { refused: 'There is no test that passes.' };
  await using stage = await openStage();
  const data = { ...observed.data, [SWITCHES]: switchesDocument(AS_WRITTEN, false) };
  const { run } = await stageTests({ ...observed, data }, { opa, stage: stage.path, signal });
  const entrypoints = [...(hasKernel ? [DECISION] : []), ...probes.map(({ entrypoint }) => entrypoint)];
  const output = join('..', 'proof.tar.gz');
  const result = await runOpa(run, [
    ...['build', '--bundle', '.', '--target', 'plan', '--capabilities', `../${CAPABILITIES}`],
    ...[...new Set(entrypoints)].flatMap((entrypoint) => ['--entrypoint', entrypoint]),
    ...['--output', output],
  ]);
  if (result.status !== 0)
    return { refused: `OPA does not plan the tests: ${errorsOf(result)[0]?.message ?? ''}` };
  return { bundle: new Uint8Array(await readFile(join(run.cwd, output))), probes };
}

/** One probe for each name: several tests of one name are one document to a plan. */
function probesOf(tests: readonly OpaTest[]): PlannedProbe[] {
  const probes = new Map<string, PlannedProbe>();
  const broken = new Set<string>();
  for (const test of tests) {
    const segments = segmentsOf(test.package);
    if (test.skip === true || segments === undefined) continue;
    const path = [...segments, test.name.replace(/#\d+$/, '')];
    const entrypoint = path.join('/');
    if (test.fail === true || test.error !== undefined) broken.add(entrypoint);
    const { file = '', row = 1 } = test.location ?? {};
    probes.set(entrypoint, {
      ...{ name: path.join('.'), entrypoint, file, row },
      hasCases: test.sub_results !== undefined,
    });
  }
  return [...probes.values()].filter(({ entrypoint }) => !broken.has(entrypoint)).slice(0, PROBES_MAX);
}
