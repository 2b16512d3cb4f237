import type { ComplianceCase } from './cases.ts';
import type { Exceptions } from './exceptions.ts';
import { type CaseOutcome, judge } from './judge.ts';

/** How one case went. */
export interface CaseResult {
  readonly note: string;
  readonly group: string;
  /** Why it does not pass; undefined where it does. */
  readonly why: string | undefined;
  /** Why it need not pass. */
  readonly exception: string | undefined;
}

/** How all went. */
export interface ComplianceReport {
  readonly results: readonly CaseResult[];
  /** What is wrong with the list of exceptions: entries that are not needed any more. */
  readonly needless: readonly string[];
}

/** Runs cases through `evaluate` and judges what comes out. */
export function runCompliance(
  cases: readonly ComplianceCase[],
  exceptions: Exceptions,
  evaluate: (test: ComplianceCase) => CaseOutcome,
): ComplianceReport {
  const stillNeeded = new Set<string>();
  const results = cases.map((test) => {
    const outcome = evaluate(test);
    const why = judge(test, outcome);
    const names = outcome.kind === 'unsupported' ? outcome.names : [];
    for (const name of names) stillNeeded.add(name);
    if (why !== undefined) stillNeeded.add(test.note);
    // A plan may need several built-ins that are not claimed: each has to be listed.
    const allListed = names.length > 0 && names.every((name) => exceptions.builtins.has(name));
    const exception =
      exceptions.cases.get(test.note) ?? (allListed ? reasonOf(names, exceptions) : undefined);
    return { note: test.note, group: test.group, why, exception: why === undefined ? undefined : exception };
  });
  const notes = new Set(cases.map(({ note }) => note));
  const needless = [
    ...[...exceptions.builtins.keys()].filter((name) => !stillNeeded.has(name)),
    ...[...exceptions.cases.keys()].filter((note) => notes.has(note) && !stillNeeded.has(note)),
    ...[...exceptions.cases.keys()]
      .filter((note) => !notes.has(note))
      .map((note) => `${note} (no such case)`),
  ];
  return { results, needless };
}

function reasonOf(names: readonly string[], exceptions: Exceptions): string {
  return names.map((name) => `${name}: ${exceptions.builtins.get(name)}`).join('; ');
}
