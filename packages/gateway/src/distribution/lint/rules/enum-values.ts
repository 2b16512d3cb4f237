import { type Schema, schemasAt } from '../../analysis/input-paths.ts';
import type { Path } from '../../analysis/syntax.ts';
import { nearestName } from '../../sources/words/nearest-name.ts';
import type { Edit, LintFinding } from '../finding.ts';
import { dotted, type LintSubject } from '../subject.ts';
import { bodiesOf } from '../terms/bodies.ts';
import { type Constant, type Fact, factOf } from '../terms/facts.ts';

/** Comparisons of a field of the input with a value that it never has. */
export function enumFindings({ bundles, index }: LintSubject): LintFinding[] {
  const linted = new Set(bundles.flatMap(({ modules }) => modules));
  return index.rules
    .filter(({ module }) => linted.has(module))
    .flatMap(({ module, rule }) => {
      const findings: LintFinding[] = [];
      for (const { expressions, scope } of bodiesOf(rule, index.namesIn(module))) {
        for (const expression of expressions) {
          const fact = factOf(expression, scope);
          if (fact === undefined || fact.path[0] !== 'input') continue;
          findings.push(...outside(fact).map((finding) => ({ file: module.source.file, ...finding })));
        }
      }
      return findings;
    });
}

function outside({ path, hasFallback, relation, constants, row }: Fact): Omit<LintFinding, 'file'>[] {
  const values = valuesAt(path, relation === 'contains');
  if (values === undefined) return [];
  return constants
    .filter(({ value }) => !values.includes(value) && !hasFallback)
    .map((constant) => {
      const written = JSON.stringify(constant.value);
      const nearest = nearestName(String(constant.value), values.map(String));
      const holds = relation === 'contains' ? 'never contains' : 'is never';
      const all = values.map((value) => JSON.stringify(value)).join(', ');
      return {
        row: constant.term.location?.row ?? row,
        code: 'comparison_outside_enum',
        severity: 'error',
        detail: `\`${dotted(path)}\` ${holds} ${written}.`,
        mend: nearest === undefined ? `Write one of ${all}.` : `Write "${nearest}"; it may be ${all}.`,
        ...fixOf(constant, nearest),
      } as const;
    });
}

function fixOf({ value, term }: Constant, nearest: string | undefined): { readonly fix?: readonly Edit[] } {
  const { row, col } = term.location ?? {};
  if (nearest === undefined || row === undefined || col === undefined) return {};
  return { fix: [{ row, col, old: JSON.stringify(value), new: JSON.stringify(nearest) }] };
}

/** All values of a field, or of the elements of a list; undefined where they are not counted out. */
export function valuesAt(path: Path, isElement = false): readonly unknown[] | undefined {
  const schemas = schemasAt(path).flatMap((schema) => (isElement ? elements(schema) : [schema]));
  const values = schemas.map(valuesOf);
  return values.length === 0 || values.includes(undefined) ? undefined : values.flatMap((some) => some ?? []);
}

function elements({ items }: Schema): readonly Schema[] {
  return items === undefined ? [] : [items];
}

function valuesOf(schema: Schema): readonly unknown[] | undefined {
  if (schema.const !== undefined) return [schema.const];
  return schema.type === 'null' ? [null] : schema.enum;
}
