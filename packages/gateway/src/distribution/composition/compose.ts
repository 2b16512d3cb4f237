import {
  type CatalogueEntry,
  type Directory,
  Directory as DirectorySchema,
  type Json,
  type JsonObject,
  type Release,
  type ReleaseRule,
} from '@bailiff/contract';
import type { Analysis } from '../analysis/analyse.ts';
import { renameHeads } from '../analysis/modes.ts';
import { compare, type Finding } from '../finding.ts';
import { tableIn, unitedTable } from '../packages/said-twice.ts';
import { agentsIn } from '../packages/united-sources.ts';
import { ruleIdPrefixOf } from '../sources/bundle-name.ts';
import { isObject, validateDocument } from '../sources/document.ts';
import type { ReleaseSources } from '../sources/read-sources.ts';
import { judgeOverrides, type OverrideAlarm } from './overrides.ts';
import { type ComposedModule, digestOfContent, releaseDataOf, versioned } from './release-data.ts';

/** A release but for the bytes that engines activate, and everything those are made of. */
export interface Composition {
  readonly release: Omit<Release, 'bundle'>;
  readonly modules: readonly ComposedModule[];
  readonly data: JsonObject;
  readonly alarms: readonly OverrideAlarm[];
  readonly findings: readonly Finding[];
}

/** Roots of the composed bundle: everything that a release may define. */
export const RELEASE_ROOTS = ['bailiff', 'catalogue', 'policy', 'release', 'servers', 'subagents', 'teams'];

/** Base data as the bundles and the catalogue give it, defaults filled in, and the directory that stands in it. */
export interface BaseData {
  readonly data: JsonObject;
  readonly directory: Directory;
  readonly findings: readonly Finding[];
}

/** Lays every bundle’s data at its root, beside `data.catalogue`. */
export function baseDataOf({ catalogue, bundles, packages }: ReleaseSources): BaseData {
  const findings: Finding[] = [];
  let directory: Directory = { agents: {}, users: {} };
  let data: JsonObject = { catalogue: catalogue as unknown as Json };
  for (const bundle of bundles) {
    let own = bundle.data;
    if (bundle.name === 'identity') {
      const { dataDocument: document } = bundle;
      const read = document === undefined ? undefined : validateDocument(document, DirectorySchema);
      if (read?.kind === 'read' && document !== undefined) {
        const agents = unitedTable('The agent', [
          ...tableIn(read.value.agents, document, ['agents']),
          ...agentsIn(packages),
        ]);
        findings.push(...agents.findings);
        directory = { agents: agents.values, users: read.value.users };
        own = { ...own, ...(directory as unknown as JsonObject) };
      } else findings.push(...(read?.kind === 'refused' ? read.findings : [noDirectory(bundle.place)]));
    }
    data = placed(data, bundle.root, own);
  }
  return { data, directory, findings };
}

/** Composes kernel, bundles, catalogues and `data.release` into one release. The same sources always give the same. */
export function compose(sources: ReleaseSources, base: BaseData, analysis: Analysis): Composition {
  const findings: Finding[] = [];
  const rules = new Map<string, ReleaseRule>();
  const modules: ComposedModule[] = sources.kernel.map(({ path, text }) => ({ path, text }));
  let data = base.data;
  for (const bundle of sources.bundles) {
    const { catalogue = new Map<string, CatalogueEntry>(), renames = [] } =
      analysis.bundles.get(bundle.name) ?? {};
    const entries = [...catalogue].sort(([a], [b]) => compare(a, b));
    data = placed(data, [...bundle.root, 'catalogue'], Object.fromEntries(entries) as unknown as JsonObject);
    for (const [id, entry] of entries) {
      const full = `${ruleIdPrefixOf(bundle.subject)}${id}`;
      rules.set(full, { ...entry, id: full, bundle: bundle.name });
    }
    for (const { path, text } of bundle.modules) {
      const renamed = renameHeads(
        text,
        renames.filter(({ module }) => module.source.path === path),
      );
      findings.push(...renamed.findings);
      modules.push({ path, text: renamed.text });
    }
  }
  const overrides = sources.bundles.find(({ name }) => name === 'overrides')?.dataDocument;
  const { active, alarms } = judgeOverrides(overrides, rules, sources.manifest.bundles);
  const unversioned = releaseDataOf(sources, base.directory, { overrides: active, rules });
  const digest = digestOfContent({ modules, data: { ...data, release: unversioned as unknown as Json } });
  const release = versioned(unversioned, sources.manifest, digest);
  return {
    release: {
      policyVersion: release.policy_version,
      digest,
      data: release,
      catalogue: sources.catalogue,
      directory: base.directory,
      rules: new Map([...rules].sort(([a], [b]) => compare(a, b))),
      capabilityReads: analysis.capabilities?.reads ?? [],
      servers: sources.manifest.servers,
    },
    modules: modules.sort((a, b) => compare(a.path, b.path)),
    data: { ...data, release: release as unknown as Json },
    alarms,
    findings,
  };
}

/** `data` with `value` at `path`, merged with what stands there. */
function placed(data: JsonObject, path: readonly string[], value: JsonObject): JsonObject {
  const [first, ...rest] = path;
  if (first === undefined) return { ...data, ...value };
  const below = data[first];
  return { ...data, [first]: placed(isObject(below) ? below : {}, rest, value) };
}

function noDirectory(place: string): Finding {
  return {
    file: `${place}/data.yaml`,
    row: 1,
    code: 'directory_missing',
    detail: 'The identity bundle has no data, so nobody is registered.',
    mend: 'Add data.yaml with `agents` and `users`.',
  };
}
