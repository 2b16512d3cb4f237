import { join } from 'node:path';
import type { Finding } from '../../finding.ts';
import { errorsOf, findingsOfErrors, type OpaRun, runOpa } from '../../opa.ts';
import type { SourceModule } from '../../sources/folder.ts';
import { writeFiles } from '../../stage.ts';

/** Tests, and the modules that they are compiled with. */
export interface CompiledTests {
  readonly modules: readonly SourceModule[];
  readonly tests: readonly SourceModule[];
}

/** What keeps tests from compiling. What keeps the modules from it is left out: the builder says that. */
export async function testErrors({ modules, tests }: CompiledTests, run: OpaRun): Promise<Finding[]> {
  const folder = 'tested';
  await writeFiles(
    run.cwd,
    [...modules, ...tests].map(({ path, text }) => ({ path: join(folder, path), text })),
  );
  const result = await runOpa(run, ['check', '--format', 'json', '--max-errors', '100', folder]);
  if (result.status === 0) return [];
  const files = new Map(tests.map(({ path, file }) => [`${folder}/${path}`, file]));
  const errors = errorsOf(result).filter(
    ({ location, message }) =>
      files.has(location?.file ?? '') &&
      // Functions that are not there: those of bundles that are not part of the check.
      !/^undefined function/.test(message),
  );
  return findingsOfErrors(errors, (path) => files.get(path), new Set());
}
