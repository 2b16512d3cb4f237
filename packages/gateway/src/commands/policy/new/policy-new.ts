import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { Failure } from '@bailiff/contract';
import { loadConfiguration } from '../../../config.ts';
import { bundleDraft } from '../../../distribution/scaffold/bundle-draft.ts';
import type { BundleIdentity, DraftFile } from '../../../distribution/scaffold/draft.ts';
import { draftOf } from '../../../distribution/scaffold/kinds/by-kind.ts';
import { configurationDraft, releaseDraft } from '../../../distribution/scaffold/release-draft.ts';
import { type BundleOutcome, done, outcomeOf } from '../../bundle/outcome.ts';
import { bundleOf, ownerOf, textOf } from './asked-for.ts';
import { type EditableRelease, readEditableRelease } from './editable-release.ts';
import { newServerBundle, type ServerOptions } from './new-server-bundle.ts';
import { type NewResult, tellNew } from './tell-new.ts';
import { writeNewFiles } from './write-new-files.ts';

/** What may be said on the command line besides what is to be made. */
export interface NewOptions extends ServerOptions {
  readonly dir?: string;
  readonly owner?: string;
  readonly team?: string;
  readonly description?: string;
  readonly release?: true;
  /** False prints the row of `release.yaml` instead of writing it. */
  readonly register?: boolean;
  readonly json?: true;
}

const RELEASE = 'release';

type Made = Omit<NewResult, 'is_owner_guessed'>;

/**
 * Writes what is asked for. A folder whose `release.yaml` is refused is an outcome.
 * @throws Failure `bad_request` where a file is there already, or there may be no bundle of that name.
 */
export async function policyNew(what: string | undefined, options: NewOptions): Promise<BundleOutcome> {
  const directory = await directoryOf(options);
  const told = (made: Made, is_owner_guessed: boolean) => {
    const result: NewResult = { ...made, is_owner_guessed };
    return done(options.json, result, tellNew(result));
  };
  const isUnnamed = options.owner === undefined;
  return await outcomeOf(directory, options.json, async () => {
    if (what === RELEASE) return told(await newRelease(directory, options), isUnnamed);
    const { name, subject } = bundleOf(what, options);
    const isBegun = existsSync(join(directory, 'release.yaml'));
    const first = !isBegun && options.release ? await newRelease(directory, options) : undefined;
    const folder = await readEditableRelease(directory);
    if (first !== undefined && Object.hasOwn(folder.manifest.bundles, name)) return told(first, isUnnamed);
    const owner = ownerOf(options.owner ?? (subject.kind === 'team' ? subject.team : personHere()));
    const identity: BundleIdentity = { name, subject, owner, description: textOf(options.description) };
    const made =
      subject.kind === 'server' && isDrafted(options)
        ? await newServerBundle({ ...identity, subject }, folder, options)
        : await newBundle(identity, folder, options);
    const all = first === undefined ? made : { ...made, files: [...first.files, ...made.files] };
    return told(all, isUnnamed && subject.kind !== 'team');
  });
}

function isDrafted({ fromServer, fromFile }: NewOptions): boolean {
  return fromServer !== undefined || fromFile !== undefined;
}

/** A policy folder from nothing, and a configuration beside it where there is none. */
async function newRelease(directory: string, options: NewOptions): Promise<Made> {
  const owner = ownerOf(options.owner ?? personHere());
  const parent = dirname(directory);
  const own = basename(directory);
  const name = (own === 'policy' ? basename(parent) : own) || 'policy';
  const within = releaseDraft({ name, owner }).map(({ path, text }) => ({ path: join(own, path), text }));
  const configuration = configurationDraft(own);
  const isConfigured = existsSync(join(parent, configuration.path));
  const files: DraftFile[] = isConfigured ? within : [...within, configuration];
  return {
    made: 'release',
    bundle: null,
    owner,
    directory,
    files: await writeNewFiles(parent, files),
    ...{ release: null, catalogue: null, pins: null, tools: null, capabilities: null },
  };
}

async function newBundle(
  identity: BundleIdentity,
  folder: EditableRelease,
  { register = true }: NewOptions,
): Promise<Made> {
  const drafted = draftOf(identity.subject);
  if (drafted === undefined) {
    const detail = `A bundle ${identity.name} would have no say: exceptions are data of the bundle \`overrides\`, whoever they are for.`;
    throw new Failure('bad_request', detail);
  }
  const { name, owner, subject } = identity;
  const place = folder.placeFor(name);
  const catalogue = subject.kind === 'subagent' ? folder.subagentRow(subject.subagent) : undefined;
  const files = await writeNewFiles(place.directory, bundleDraft(identity, drafted));
  return {
    made: 'bundle',
    bundle: name,
    owner,
    directory: folder.directory,
    files,
    catalogue: catalogue === undefined ? null : await folder.writeCatalogue(catalogue, register),
    release: await folder.register(name, { path: place.path, owners: [owner] }, register),
    ...{ pins: null, tools: null, capabilities: null },
  };
}

/** The folder that is named, else that of the configuration, else `policy` here. Absolute. */
async function directoryOf({ dir, config }: NewOptions): Promise<string> {
  if (dir !== undefined) return resolve(dir);
  const own = resolve('bailiff.yaml');
  const file = config ?? (existsSync(own) ? own : undefined);
  if (file === undefined) return resolve('policy');
  return (await loadConfiguration(file)).configuration.policy.directory;
}

/** Whoever runs this, where somebody is known to. */
function personHere(): string {
  try {
    return userInfo().username;
  } catch {
    return 'owner';
  }
}
