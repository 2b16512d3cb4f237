import type { CatalogueEntry, Override } from '@bailiff/contract';
import { compare } from '../finding.ts';
import { bundleOfRule } from './bundle-of-rule.ts';

/** Bundle → how many overrides may hold at once for its rules, for each owner of them. One that is not named has no cap. */
export type OverrideCaps = Readonly<Record<string, { readonly overrides_max: number }>>;

/** An override that holds but for the caps, with the approvals that it has and that it needs without them. */
export interface CappedOverride {
  readonly override: Override;
  readonly approvers: number;
  readonly approversMin: number;
}

/** What the caps make of an override: `over_cap` holds by one approval more, `dropped` lacks that approval. */
export type CapVerdict =
  | { readonly kind: 'within' }
  | { readonly kind: 'over_cap' }
  | { readonly kind: 'dropped'; readonly reason: string };

/**
 * Counts, for every owner of a bundle’s rules, the overrides that hold at the same time, the first to begin first and by
 * id among those that begin together. Beyond the cap each needs one approval more than without it. The windows decide and
 * no clock, so that the same sources always give the same release. Verdicts are by id.
 */
export function judgeByCaps(
  overrides: readonly CappedOverride[],
  rules: ReadonlyMap<string, CatalogueEntry>,
  caps: OverrideCaps,
): ReadonlyMap<string, CapVerdict> {
  const ordered = overrides.toSorted(
    ({ override: a }, { override: b }) =>
      Date.parse(a.not_before) - Date.parse(b.not_before) || compare(a.id, b.id),
  );
  const endsMs = new Map<string, number[]>();
  const verdicts = new Map<string, CapVerdict>();
  for (const { override, approvers, approversMin } of ordered) {
    const holders = holdersOf(override, rules);
    const beginsMs = Date.parse(override.not_before);
    const full = holders.find(({ bundle, key }) => {
      const cap = Object.hasOwn(caps, bundle) ? caps[bundle]?.overrides_max : undefined;
      const atOnce = (endsMs.get(key) ?? []).filter((endMs) => endMs > beginsMs).length;
      return cap !== undefined && atOnce >= cap;
    });
    const verdict = verdictOn(full && { ...full, cap: caps[full.bundle]?.overrides_max ?? 0 }, {
      approvers,
      approversMin,
    });
    verdicts.set(override.id, verdict);
    if (verdict.kind === 'dropped') continue;
    for (const { key } of holders)
      endsMs.set(key, [...(endsMs.get(key) ?? []), Date.parse(override.expires_at)]);
  }
  return verdicts;
}

interface Holder {
  readonly bundle: string;
  readonly owner: string;
  readonly key: string;
}

/** Whose rules an override lifts, each once. */
function holdersOf({ lifts }: Override, rules: ReadonlyMap<string, CatalogueEntry>): Holder[] {
  const holders = lifts.map((id): [string, Holder] => {
    const [bundle, owner] = [bundleOfRule(id), rules.get(id)?.owner ?? ''];
    const key = JSON.stringify([bundle, owner]);
    return [key, { bundle, owner, key }];
  });
  return [...new Map(holders).values()];
}

function verdictOn(
  full: (Holder & { readonly cap: number }) | undefined,
  { approvers, approversMin }: Pick<CappedOverride, 'approvers' | 'approversMin'>,
): CapVerdict {
  if (full === undefined) return { kind: 'within' };
  if (approvers > approversMin) return { kind: 'over_cap' };
  const { bundle, owner, cap } = full;
  const reason = `${cap} overrides of ${owner}’s rules in \`${bundle}\` hold already when it begins, which is its \`overrides_max\`: beyond that each needs ${approversMin + 1} different approvers, and it has ${approvers}.`;
  return { kind: 'dropped', reason };
}
