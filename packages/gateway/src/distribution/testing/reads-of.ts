import { parseModules } from '../analysis/parse.ts';
import { dottedPaths, RuleIndex } from '../analysis/rule-index.ts';
import { type BundleModule, stringOf } from '../analysis/syntax.ts';
import { openStage } from '../stage.ts';
import { OPA } from './sample-release.ts';

/** Parses modules that stand for themselves, each given as its text. */
export async function parsed(texts: readonly string[]): Promise<readonly BundleModule[]> {
  await using stage = await openStage();
  const { modules, findings } = await parseModules(
    texts.map((text, position) => ({
      bundle: 'sample',
      source: { file: `${position}.rego`, path: `sample/${position}.rego`, text },
    })),
    { opa: OPA, cwd: stage.path, signal: new AbortController().signal },
  );
  if (findings.length > 0)
    throw new Error(
      `${findings.map(({ row, detail }) => `${row}: ${detail}`).join('\n')}\n${texts.join('\n')}`,
    );
  return modules;
}

/** What each rule of the modules reads: by the constant in its head’s key, or by its name where it has none. */
export async function readsOf(...texts: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const index = new RuleIndex(await parsed(texts));
  const named = Map.groupBy(
    index.rules,
    ({ rule: { head } }) => stringOf(head.key) ?? String(head.ref[0]?.value),
  );
  return new Map(
    [...named].map(([name, rules]) => [
      name,
      dottedPaths(index.readsOf(rules.flatMap(({ references }) => references))),
    ]),
  );
}
