import type { Json } from '@bailiff/contract';
import { isWithin, type Path } from '../../../analysis/syntax.ts';
import { valueAt } from '../../../sources/document.ts';
import type { LintFinding } from '../../finding.ts';
import { dotted, type LintSubject } from '../../subject.ts';
import { bodiesOf } from '../../terms/bodies.ts';
import { callsIn } from '../../terms/calls.ts';
import { pathOf } from '../../terms/paths.ts';

const MEMBERSHIP: readonly string[] = ['internal.member_2', 'internal.member_3'];

/** Data that rules look for elements in, and that has none to look for: one text, number, `true` or nothing where a list belongs. */
export function collectionFindings({ bundles, index, data }: LintSubject): LintFinding[] {
  const linted = new Set(bundles.flatMap(({ modules }) => modules));
  return index.rules
    .filter(({ module }) => linted.has(module))
    .flatMap(({ module, rule }) =>
      [...bodiesOf(rule, index.namesIn(module))].flatMap(({ expressions, scope }) =>
        expressions
          .filter((expression) => expression.with === undefined)
          .flatMap(callsIn)
          .filter(({ name }) => MEMBERSHIP.includes(name))
          .flatMap(({ operands, row }): LintFinding[] => {
            const collection = operands.at(-1);
            const path = collection && pathOf(collection, scope);
            if (path?.[0] !== 'data') return [];
            const value = valueAt(data, path.slice(1));
            if (value === undefined || (typeof value === 'object' && value !== null)) return [];
            const use = { file: module.source.file, row };
            return [{ ...(placeInData(path, bundles) ?? use), ...wordsOf(path, value, use) }];
          }),
      ),
    );
}

/** Where a bundle’s data says it. */
function placeInData(
  path: Path,
  bundles: LintSubject['bundles'],
): { readonly file: string; readonly row: number } | undefined {
  const owner = bundles.find(({ source: { root } }) => isWithin(path, ['data', ...root]));
  const document = owner?.source.dataDocument;
  if (owner === undefined || document === undefined) return undefined;
  return { file: document.file, row: document.rowOf(path.slice(1 + owner.source.root.length)) };
}

function wordsOf(path: Path, value: Json, { file, row }: { readonly file: string; readonly row: number }) {
  const what = value === null ? 'nothing' : `one ${typeof value === 'string' ? 'text' : typeof value}`;
  return {
    severity: 'error' as const,
    code: 'data_no_collection',
    detail: `\`${dotted(path)}\` is ${what}, and ${file}:${row} looks for elements in it: there are none.`,
    mend: `Make it a list: \`${path.at(-1)}: [${value === null ? '' : JSON.stringify(value)}]\`.`,
  };
}
