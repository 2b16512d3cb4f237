import { Failure } from '@bailiff/contract';
import { type LoadedConfiguration, loadConfiguration } from '../../../config.ts';
import type { BundleIdentity } from '../../../distribution/scaffold/draft.ts';
import { patternsIn } from '../../../distribution/scaffold/server/argument-limits.ts';
import { opaPatterns } from '../../../distribution/scaffold/server/opa-patterns.ts';
import {
  type ServerBundleDraft,
  serverBundleDraft,
} from '../../../distribution/scaffold/server/server-draft.ts';
import { draftable, type ListedTool } from '../../../distribution/scaffold/server/tool-access.ts';
import type { BundleSubject } from '../../../distribution/sources/bundle-name.ts';
import { openStage } from '../../../distribution/stage.ts';
import { digestOfDefinition } from '../../../enforcement/upstream/pins/tool-definition.ts';
import { defaultConfigurationFile, opaPath } from '../../places.ts';
import { shown } from '../../tools/hidden-characters.ts';
import { PinsFile } from '../../tools/pins-file.ts';
import { ownerOf } from './asked-for.ts';
import type { EditableRelease } from './editable-release.ts';
import { lackingCapabilities } from './lacking-capabilities.ts';
import { toolsOfFile, toolsOfServer } from './listed-tools.ts';
import type { NewResult, PinnedTools, ToldTools } from './tell-new.ts';
import { writeNewFiles } from './write-new-files.ts';

/** What may be said on the command line about a server’s draft. */
export interface ServerOptions {
  readonly fromServer?: string;
  readonly fromFile?: string;
  readonly config?: string;
  /** False drafts a bundle that grants nothing. */
  readonly grants?: boolean;
  /** False leaves definitions unpinned. */
  readonly pins?: boolean;
  readonly dataClass?: readonly string[];
  readonly approvers?: readonly string[];
  readonly register?: boolean;
}

interface ServerIdentity extends BundleIdentity {
  readonly subject: Extract<BundleSubject, { readonly kind: 'server' }>;
}

/** Drafts the bundle of a server from its tools, and writes it with what goes with it: catalogue, registration, pins. */
export async function newServerBundle(
  identity: ServerIdentity,
  folder: EditableRelease,
  options: ServerOptions,
): Promise<Omit<NewResult, 'is_owner_guessed'>> {
  const { name, owner, subject } = identity;
  const { register = true, pins = true } = options;
  const place = folder.placeFor(name);
  const dataClasses = dataClassesOf(subject.server, folder, options.dataClass);
  const registered = Object.hasOwn(folder.manifest.bundles, name) ? folder.manifest.bundles[name] : undefined;
  const wantsGrants = options.grants ?? true;
  const grants = wantsGrants && (registered === undefined || registered.may_grant);
  const listed = await toolsOf(subject.server, folder, options);
  const isPattern = await patternsTaken(listed);
  const approvers = (options.approvers ?? [owner]).map(ownerOf);
  const { servers } = folder.catalogue;
  const catalogued = Object.hasOwn(servers, subject.server) ? servers[subject.server]?.tools : undefined;
  const effects = new Map(Object.entries(catalogued ?? {}).map(([tool, said]) => [tool, said.effects]));
  const facts = { grants, approvers, dataClasses, effects, isPattern };
  const draft = serverBundleDraft(identity, listed, facts);
  const files = await writeNewFiles(place.directory, draft.files);
  const change = folder.toolRows(subject.server, draft.catalogue);
  const called = draft.tools.filter(({ access }) => access !== 'refuse');
  const capabilities = await lackingCapabilities(folder, {
    servers: [subject.server],
    tools: called.map((tool) => `${subject.server}.${tool.name}`),
    data_classes: called.length === 0 ? [] : dataClasses,
  });
  const row = { path: place.path, owners: [owner], ...(grants && { may_grant: true as const }) };
  return {
    made: 'bundle',
    bundle: name,
    owner,
    directory: folder.directory,
    files,
    capabilities,
    catalogue: change === undefined ? null : await folder.writeCatalogue(change, register),
    release: await folder.register(name, row, register),
    pins: await pinned(subject.server, folder, { draft, isWanted: pins && register }),
    tools: { ...toldTools(draft), grants: grants ? 'granted' : wantsGrants ? 'may_not' : 'unwanted' },
  };
}

async function toolsOf(
  server: string,
  folder: EditableRelease,
  { fromFile, config }: ServerOptions,
): Promise<readonly ListedTool[]> {
  if (fromFile !== undefined) return await toolsOfFile(fromFile);
  const loaded: LoadedConfiguration = await loadConfiguration(config ?? defaultConfigurationFile());
  return await toolsOfServer(server, loaded, folder.directory);
}

/** The classes that are named, else those that the catalogue has for the server, else all: nothing says that it touches fewer. */
function dataClassesOf(
  server: string,
  { catalogue }: EditableRelease,
  named: readonly string[] | undefined,
): readonly string[] {
  const declared = Object.keys(catalogue.data_classes);
  const unknown = (named ?? []).find((one) => !declared.includes(one));
  if (unknown !== undefined) {
    const detail = `The catalogue declares no data class ${shown(unknown)}; it has ${declared.join(', ') || 'none'}.`;
    throw new Failure('bad_request', detail);
  }
  const own = Object.hasOwn(catalogue.servers, server) ? catalogue.servers[server]?.data_classes : undefined;
  return named ?? (own === undefined || own.length === 0 ? declared : own);
}

async function patternsTaken(listed: readonly ListedTool[]): Promise<(pattern: string) => boolean> {
  const patterns = new Set(draftable(listed).tools.flatMap(({ definition }) => patternsIn(definition)));
  await using stage = await openStage();
  const run = { opa: opaPath(), cwd: stage.path, signal: new AbortController().signal };
  const taken = await opaPatterns([...patterns], run);
  return (pattern) => taken.has(pattern);
}

/** Pins what was drafted, unless somebody has pinned the server before: what was approved stays. */
async function pinned(
  server: string,
  { directory }: EditableRelease,
  { draft, isWanted }: { readonly draft: ServerBundleDraft; readonly isWanted: boolean },
): Promise<PinnedTools> {
  if (!isWanted) return { state: 'left', file: null, tools: 0 };
  const pins = await PinsFile.read(directory);
  const file = pins.pathOf(server);
  const before = pins.of(server).pins;
  if (before !== undefined) return { state: 'there', file, tools: Object.keys(before).length };
  const approved = draft.tools.flatMap(({ name, definition }) => {
    const digest = digestOfDefinition(definition);
    return digest === undefined ? [] : [[name, { digest, definition }] as const];
  });
  await pins.write(server, new Map(approved));
  return { state: 'written', file, tools: approved.length };
}

function toldTools({ tools, leftOut }: ServerBundleDraft): Omit<ToldTools, 'grants'> {
  const of = (wanted: string) => tools.filter(({ access }) => access === wanted).map(({ name }) => name);
  const keywords = new Map<string, number>();
  for (const keyword of tools.flatMap(({ left }) => left))
    keywords.set(keyword, (keywords.get(keyword) ?? 0) + 1);
  return {
    reads: of('read'),
    asks: of('ask'),
    refused: of('refuse'),
    left_out: leftOut.map(({ name, why }) => ({ name: shown(name.slice(0, 200)), why })),
    keywords_not_held: Object.fromEntries([...keywords].sort()),
  };
}
