import { createHash } from 'node:crypto';
import {
  type ActiveOverride,
  CATEGORIES,
  type Directory,
  type JsonObject,
  type Release,
  type ReleaseData,
  type ReleaseManifest,
} from '@bailiff/contract';
import canonicalize from 'canonicalize';
import { compare } from '../finding.ts';
import type { ReleaseSources } from '../sources/read-sources.ts';
import { launchOf } from './launches.ts';
import { registeredBundle, registeredKey } from './registrations.ts';

/** A Rego file as it ships. */
export interface ComposedModule {
  /** `<bundle>/<file>`, or `kernel/<file>`. */
  readonly path: string;
  readonly text: string;
}

/** What a release is identified by: everything that ships but its own version and digest. */
export interface ReleaseContent {
  readonly modules: readonly ComposedModule[];
  readonly data: JsonObject;
}

/** `data.release` but for what is derived from the content as a whole. */
export type UnversionedReleaseData = Omit<ReleaseData, 'policy_version' | 'digest'>;

/** What the kernel needs to know of the bundles that are there. */
export function releaseDataOf(
  {
    manifest,
    bundles,
    toolPins,
    keyTexts,
  }: Pick<ReleaseSources, 'manifest' | 'bundles' | 'toolPins' | 'keyTexts'>,
  { agents }: Directory,
  { overrides, rules }: { readonly overrides: readonly ActiveOverride[]; readonly rules: Release['rules'] },
): UnversionedReleaseData {
  const present = new Set(bundles.map(({ name }) => name));
  const subjects = bundles.map(({ subject, registration }) => ({ subject, registration }));
  const categories = CATEGORIES.filter((category) => present.has(category));
  return {
    categories,
    bundles: record(bundles.map(({ name, revision }) => [name, revision])),
    required: categories.filter((category) => manifest.bundles[category]?.required === true),
    servers: record([
      ...manifest.servers_without_bundle.map((name) => [name, NO_BUNDLE] as const),
      ...registered(manifest, 'servers'),
    ]),
    subagents: record(registered(manifest, 'subagents')),
    teams: record(
      [...Map.groupBy(subjects, ({ subject }) => (subject.kind === 'team' ? subject.team : ''))]
        .filter(([team]) => team !== '')
        .map(([team, parts]) => [
          team,
          record(
            parts.flatMap(({ subject, registration }) =>
              subject.kind === 'team' ? [[subject.category, { may_grant: registration.may_grant }]] : [],
            ),
          ),
        ]),
    ),
    canary_rules: canaryRulesIn(rules),
    audit: manifest.audit,
    overrides: [...overrides],
    agents: record(Object.entries(agents).map(([agent, { versions }]) => [agent, versions])),
    tool_pins: record(
      Object.entries(toolPins).map(([server, tools]) => [server, record(Object.entries(tools))]),
    ),
    launches: record(
      Object.entries(manifest.servers).map(([server, settings]) => [server, launchOf(settings)]),
    ),
    registrations: record(
      Object.entries(manifest.bundles).map(([name, registration]) => [name, registeredBundle(registration)]),
    ),
    keys: record(
      Object.entries(manifest.keys).map(([id, key]) => [id, registeredKey(key, keyTexts.get(id) ?? '')]),
    ),
  };
}

/**
 * SHA-256 in hexadecimal over modules and data in canonical JSON (RFC 8785), so that order, formatting of data and
 * compression do not matter and whoever holds the composed bundle can work it out again.
 */
export function digestOfContent({ modules, data }: ReleaseContent): string {
  const sorted = [...modules].sort((a, b) => compare(a.path, b.path)).map(({ path, text }) => [path, text]);
  return createHash('sha256')
    .update(canonicalize({ modules: sorted, data }) ?? '')
    .digest('hex');
}

/** What the release says of itself, once its content is known. */
export function versioned(
  data: UnversionedReleaseData,
  manifest: ReleaseManifest,
  digest: string,
): ReleaseData {
  return { policy_version: `${manifest.version}+${digest.slice(0, 12)}`, digest, ...data };
}

const NO_BUNDLE = { bundle_required: false, may_grant: false } as const;

/** Local ids of the rules in mode `canary`, by bundle. */
function canaryRulesIn(rules: Release['rules']): ReleaseData['canary_rules'] {
  const canaries = [...rules.values()].filter(({ mode }) => mode === 'canary');
  return record(
    [...Map.groupBy(canaries, ({ bundle }) => bundle)].map(([bundle, those]) => [
      bundle,
      those.map(({ id }) => id.slice(id.lastIndexOf('.') + 1)).sort(compare),
    ]),
  );
}

/** Servers or subagents that `release.yaml` registers, those with an absent optional bundle included. */
function registered(manifest: ReleaseManifest, kind: 'servers' | 'subagents') {
  return Object.entries(manifest.bundles)
    .filter(([name]) => name.startsWith(`${kind}/`))
    .map(([name, { required, may_grant }]) => {
      const registration = { bundle_required: required, may_grant };
      return [name.slice(kind.length + 1), registration] as const;
    });
}

/** An object with its keys in order, whatever order they came in. */
function record<Value>(entries: readonly (readonly [string, Value])[]): Record<string, Value> {
  return Object.fromEntries([...entries].sort(([a], [b]) => compare(a, b)));
}
