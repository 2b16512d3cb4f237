import { type CatalogueEntry, Override } from '@bailiff/contract';
import type { OverrideCaps } from '../../composition/override-caps.ts';
import { judgeOverrides } from '../../composition/overrides.ts';
import { valueAt } from '../../sources/document.ts';
import type { LintFinding } from '../finding.ts';
import { fullIdOf, type LintSubject } from '../subject.ts';

/** What overrides are judged against: a whole release, or nothing where the bundle is alone. */
export type OverrideBasis =
  | { readonly kind: 'release'; readonly caps: OverrideCaps }
  | { readonly kind: 'alone' };

/** Overrides that the builder drops, and those whose time has passed. */
export function overrideFindings(subject: LintSubject, basis: OverrideBasis): LintFinding[] {
  const document = subject.bundles.find(({ source }) => source.name === 'overrides')?.source.dataDocument;
  if (document === undefined) return [];
  const listed = valueAt(document.value, ['overrides']);
  const overrides = (Array.isArray(listed) ? listed : []).map((entry) => Override.safeParse(entry));
  const rules = basis.kind === 'release' ? rulesOf(subject) : liftedBy(overrides);
  const { alarms } = judgeOverrides(document, rules, basis.kind === 'release' ? basis.caps : {});
  const dropped = alarms.map(({ id, reason, file, row }): LintFinding => {
    const detail = `The override \`${id}\` is dropped and lifts nothing: ${reason}`;
    const mend = 'Mend what is said of it, or remove it; docs/reference/override.md says what one needs.';
    return { file, row, code: 'override_dropped', severity: 'error', detail, mend };
  });
  const rows = new Set(dropped.map(({ row }) => row));
  const expired = overrides.flatMap(({ data }, position): LintFinding[] => {
    const row = document.rowOf(['overrides', position]);
    if (data === undefined || rows.has(row) || Date.parse(data.expires_at) > subject.now.getTime()) return [];
    const detail = `The override \`${data.id}\` ended at ${data.expires_at} and lifts nothing any more.`;
    const mend = 'Remove it; a new one needs a new approval.';
    return [{ file: document.file, row, code: 'override_expired', severity: 'warning', detail, mend }];
  });
  return [...dropped, ...expired];
}

function rulesOf({ bundles }: LintSubject): ReadonlyMap<string, CatalogueEntry> {
  return new Map(
    bundles.flatMap((bundle) =>
      bundle.rules.flatMap((rule) => {
        const entry = bundle.catalogue.get(rule.id);
        return entry === undefined ? [] : [[fullIdOf(bundle, rule), entry] as const];
      }),
    ),
  );
}

/** A bundle alone does not know the rules of others: they are taken as ones that may be lifted. */
function liftedBy(
  overrides: readonly { readonly data?: Override | undefined }[],
): ReadonlyMap<string, CatalogueEntry> {
  return new Map(overrides.flatMap(({ data }) => (data?.lifts ?? []).map((id) => [id, ANY_DENIAL])));
}

const ANY_DENIAL: CatalogueEntry = {
  kind: 'deny',
  title: 'A rule',
  description: '',
  message: 'A rule.',
  remediation: '',
  owner: 'unknown',
  reason: 'unknown',
  suggest: [],
  severity: 'medium',
  overridable: true,
  approvers: [],
  appeal_path: '',
  controls: [],
  mode: 'enforce',
  watch_until: '',
  reads: [],
  location: { file: '', row: 1 },
};
