import type { Analysis } from './analysis/analyse.ts';
import { floatingLaunch } from './composition/launches.ts';
import { type Finding, sortFindings } from './finding.ts';
import type { BundleSource } from './sources/read-bundle.ts';
import type { ReleaseSources } from './sources/read-sources.ts';

/** What is no fault of a release and still hardly meant, by file and row. */
export function warningsOf(sources: ReleaseSources, analysis: Analysis): Finding[] {
  return sortFindings([...bundleWarnings(sources, analysis), ...launchWarnings(sources)]);
}

function bundleWarnings(
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
  if (identity === undefined || capabilities?.place !== undefined) return silent;
  const detail =
    'The bundle `identity` says no `capabilities`, so every call is outside of them and refused.';
  const mend = 'Define `capabilities` in its package, as the bundle of the example company does.';
  return [...silent, { ...manifestOf(identity), code: 'capabilities_missing', detail, mend }];
}

/** A rollback brings settings back: what they start has to be the same again. */
function launchWarnings({ launches }: ReleaseSources): Finding[] {
  return launches.flatMap(({ name, value, document, path }) => {
    const start = floatingLaunch(value);
    if (start === undefined) return [];
    const { kind, what, pinned } = start;
    const place = { file: document.file, row: document.rowOf([...path, 'args']) };
    const detail = `The server \`${name}\` is started from the ${kind} \`${what}\`, which may be another one tomorrow: a rollback would not bring back what runs today.`;
    const exactly = kind === 'image' ? 'its digest, or at least the tag of one version' : 'one version';
    return [{ ...place, code: 'launch_unpinned', detail, mend: `Name ${exactly}: \`${pinned}\`.` }];
  });
}

function manifestOf({ place }: BundleSource): Pick<Finding, 'file' | 'row'> {
  return { file: `${place}/bundle.yaml`, row: 1 };
}
