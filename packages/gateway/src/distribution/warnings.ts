import type { Analysis } from './analysis/analyse.ts';
import { type Finding, sortFindings } from './finding.ts';
import type { BundleSource } from './sources/read-bundle.ts';
import type { ReleaseSources } from './sources/read-sources.ts';

/** What is no fault of a release and still hardly meant, by file and row. */
export function warningsOf(
  { bundles }: ReleaseSources,
  { bundles: analysed, capabilities }: Analysis,
): Finding[] {
  const silent = bundles
    // Overrides are data: that bundle speaks without a rule.
    .filter(({ name }) => name !== 'overrides')
    .filter(({ name }) => (analysed.get(name)?.catalogue.size ?? 0) === 0)
    .map((bundle) => ({
      ...manifestOf(bundle),
      code: 'bundle_without_rules',
      detail: `The bundle \`${bundle.name}\` has no rule, so it has no say in any decision.`,
      mend: 'Add a rule (`deny contains "name" if { … }`), or take the bundle out of release.yaml.',
    }));
  const identity = bundles.find(({ name }) => name === 'identity');
  if (identity === undefined || capabilities?.place !== undefined) return sortFindings(silent);
  const detail =
    'The bundle `identity` says no `capabilities`, so every call is outside of them and refused.';
  const mend = 'Define `capabilities` in its package, as the bundle of the example company does.';
  return sortFindings([...silent, { ...manifestOf(identity), code: 'capabilities_missing', detail, mend }]);
}

function manifestOf({ place }: BundleSource): Pick<Finding, 'file' | 'row'> {
  return { file: `${place}/bundle.yaml`, row: 1 };
}
