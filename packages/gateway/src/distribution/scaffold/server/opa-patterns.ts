import { type OpaRun, runOpa } from '../../opa.ts';
import { writeFiles } from '../../stage.ts';

const MODULE = `package patterns

taken contains pattern if {
	some pattern in input
	regex.is_valid(pattern)
}
`;

/** Of these regular expressions, those that OPA takes. @throws Failure when `opa` cannot be run. */
export async function opaPatterns(patterns: readonly string[], run: OpaRun): Promise<ReadonlySet<string>> {
  if (patterns.length === 0) return new Set();
  await writeFiles(run.cwd, [
    { path: 'patterns.rego', text: MODULE },
    { path: 'patterns.json', text: JSON.stringify(patterns) },
  ]);
  const asked = ['eval', '--format', 'raw', '--data', 'patterns.rego', '--input', 'patterns.json'];
  const { stdout } = await runOpa(run, [...asked, 'data.patterns.taken']);
  try {
    const taken: unknown = JSON.parse(stdout);
    return new Set(Array.isArray(taken) ? taken.filter((pattern) => typeof pattern === 'string') : []);
  } catch {
    return new Set();
  }
}
