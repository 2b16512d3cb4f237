import { RuleKind } from '@bailiff/contract';
import type { Names } from '../../analysis/references.ts';
import { RuleIndex } from '../../analysis/rule-index.ts';
import {
  type Expression,
  elementsOf,
  type Path,
  stringOf,
  type Term,
  variableOf,
} from '../../analysis/syntax.ts';
import type { LintFinding } from '../finding.ts';
import { dotted, type LintSubject } from '../subject.ts';

/** Conditions of tests that are a rule set and nothing else: it is there even where no rule adds to it, so that they always hold. */
export function emptyTestFindings({ bundles }: Pick<LintSubject, 'bundles'>): LintFinding[] {
  const sets = new Set(
    bundles.flatMap(({ source }) => RuleKind.options.map((kind) => dotted(['data', ...source.root, kind]))),
  );
  return bundles.flatMap(({ tests }) => {
    const index = new RuleIndex(tests);
    return index.rules
      .filter(({ rule }) => String(rule.head.ref[0]?.value ?? '').startsWith('test_'))
      .flatMap(({ module, rule }) =>
        rule.body.flatMap((expression): LintFinding[] => {
          const term = bareTermOf(expression);
          const paths = term === undefined ? [] : pathsOf(term, index.namesIn(module));
          if (term === undefined || !paths.some((path) => sets.has(dotted(path)))) return [];
          const written = writtenAs(term);
          return [
            {
              file: module.source.file,
              row: expression.location?.row ?? rule.location.row,
              severity: 'warning',
              code: 'test_always_holds',
              detail: `\`${written}\` alone always holds: the set is there even where it is empty.`,
              mend: `Name the rule: \`"id" in ${written}\`, or \`not "id" in ${written}\`, before the \`with\`.`,
            },
          ];
        }),
      );
  });
}

function bareTermOf({ terms, negated = false }: Expression): Term | undefined {
  return negated || Array.isArray(terms) || !('type' in terms) ? undefined : terms;
}

function pathsOf(term: Term, names: Names): readonly Path[] {
  const [root, ...elements] = term.type === 'ref' ? elementsOf(term) : [term];
  const name = variableOf(root);
  const below = elements.map(stringOf).filter((element) => element !== undefined);
  if (name === undefined || below.length < elements.length) return [];
  return name === 'data' ? [[name, ...below]] : names.pathsOf(name).map((path) => [...path, ...below]);
}

function writtenAs(term: Term): string {
  const elements = term.type === 'ref' ? elementsOf(term) : [term];
  return elements.map(({ value }) => String(value)).join('.');
}
