import { join } from 'node:path/posix';
import type { Catalogue, Directory, ReleaseManifest, ServerConfiguration, ToolPins } from '@bailiff/contract';
import type { Finding } from '../finding.ts';
import { catalogueFindings } from '../sources/catalogue-findings.ts';
import type { SourceDocument } from '../sources/document.ts';
import type { ValidDocument } from '../sources/folder.ts';
import type { ReadPackage } from './read-packages.ts';
import { type Said, tableIn, unitedTable } from './said-twice.ts';

/** What `release.yaml`, the files that it names and its packages say. */
export interface SourceSayings {
  readonly manifest: ValidDocument<ReleaseManifest>;
  readonly catalogue: ValidDocument<Catalogue>;
  /** Undefined where there is no such file. */
  readonly toolPins: ValidDocument<ToolPins> | undefined;
  readonly packages: readonly ReadPackage[];
}

export interface UnitedSources {
  readonly servers: ReleaseManifest['servers'];
  /** How each of them is launched, and where that is said. */
  readonly launches: readonly Said<ServerConfiguration>[];
  /** Without where bundles come from, which is none of policy’s business. */
  readonly catalogue: Catalogue;
  readonly toolPins: ToolPins;
  readonly findings: readonly Finding[];
}

/** Everything that is said of servers and subagents, in one place each. What is said twice is a finding at both places. */
export function unitedSources({ manifest, catalogue, toolPins, packages }: SourceSayings): UnitedSources {
  const launches = [
    ...tableIn(manifest.value.servers, manifest.document, ['servers']),
    ...packages.flatMap(launchIn),
  ];
  const servers = unitedTable('The server', launches);
  const listed = catalogue.value;
  const catalogued = unitedTable('The server', [
    ...tableIn(mapped(listed.servers, withoutBundle), catalogue.document, ['servers']),
    ...packages.flatMap(serverIn),
  ]);
  const subagents = unitedTable('The subagent', [
    ...tableIn(listed.subagents, catalogue.document, ['subagents']),
    ...packages.flatMap(subagentIn),
  ]);
  const pins = unitedTable('The pins of', [
    ...(toolPins === undefined ? [] : tableIn(toolPins.value, toolPins.document, [])),
    ...packages.flatMap(pinsIn),
  ]);
  return {
    servers: servers.values,
    launches,
    catalogue: { ...listed, servers: catalogued.values, subagents: subagents.values },
    toolPins: pins.values,
    findings: [
      ...[servers, catalogued, subagents, pins].flatMap(({ findings }) => findings),
      ...packages.flatMap((one) => undeclaredIn(one, listed)),
    ],
  };
}

/** The agents that packages register, as the directory has them: only versions of the release may act. */
export function* agentsIn(packages: readonly ReadPackage[]): Generator<Said<Directory['agents'][string]>> {
  for (const { manifest, document } of packages) {
    if (manifest.kind !== 'agent') continue;
    const versions = [...new Set([manifest.version, ...manifest.agent.versions])];
    yield { name: manifest.name, value: { ...manifest.agent, versions }, document, path: ['name'] };
  }
}

/** How a package launches its server, if it does. Relative paths of a package are relative to its folder, those of the release to that of `release.yaml`. */
export function launchIn({ manifest, document, folder }: ReadPackage): Said<ServerConfiguration>[] {
  if (manifest.kind !== 'server' || manifest.server === undefined) return [];
  const { server } = manifest;
  const value =
    server.transport === 'stdio' && !server.cwd?.startsWith('/')
      ? { ...server, cwd: join(folder, server.cwd ?? '.') }
      : server;
  return [{ name: manifest.name, value, document, path: ['server'] }];
}

function serverIn({ manifest, document }: ReadPackage): Said<Catalogue['servers'][string]>[] {
  if (manifest.kind !== 'server') return [];
  return [{ name: manifest.name, value: manifest.catalogue, document, path: ['catalogue'] }];
}

function subagentIn({ manifest, document }: ReadPackage): Said<Catalogue['subagents'][string]>[] {
  if (manifest.kind !== 'agent' || manifest.subagent === undefined) return [];
  const { name, ...value } = manifest.subagent;
  return [{ name, value, document, path: ['subagent'] }];
}

function pinsIn({ manifest, document }: ReadPackage): Said<ToolPins[string]>[] {
  if (manifest.kind !== 'server' || manifest.tool_pins === undefined) return [];
  return [{ name: manifest.name, value: manifest.tool_pins, document, path: ['tool_pins'] }];
}

/** What a package says of its server or subagent, as a catalogue of the company would say it. */
export function catalogueOf(
  one: ReadPackage,
  { data_classes, regions }: Pick<Catalogue, 'data_classes' | 'regions'>,
): Catalogue {
  const servers = Object.fromEntries(serverIn(one).map(({ name, value }) => [name, value]));
  const subagents = Object.fromEntries(subagentIn(one).map(({ name, value }) => [name, value]));
  return { data_classes, regions, servers, models: {}, subagents };
}

/** Classes and regions that a package names and the company’s catalogue does not declare. */
function undeclaredIn(one: ReadPackage, declared: Catalogue): Finding[] {
  const own = one.manifest.kind === 'server' ? 'catalogue' : 'subagent';
  // Its entry stands under one key, where the company’s catalogue has a table and a name.
  const document: SourceDocument = {
    ...one.document,
    rowOf: ([_table, _name, ...path]) => one.document.rowOf([own, ...path]),
  };
  return catalogueFindings(catalogueOf(one, declared), document);
}

function withoutBundle({ bundle: _bundle, ...entry }: Catalogue['servers'][string]) {
  return entry;
}

function mapped<From, To>(values: Readonly<Record<string, From>>, change: (value: From) => To) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
}
