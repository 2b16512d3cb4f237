import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { BundleOrigin, Failure } from '@bailiff/contract';
import type { Command } from 'commander';
import type { FetchedContent } from '../../distribution/delivery/bundle-fetcher.ts';
import { unpackPart } from '../../distribution/parts/unpack-part.ts';
import type { BundleFiles } from '../../distribution/sources/bundle-files.ts';
import { APPROVALS_FILE } from '../../distribution/sources/bundle-files.ts';
import { APPROVALS_SUFFIX, approvalsFrom } from '../../stores/bundle-sources/approvals.ts';
import { readFolder } from '../../stores/bundle-sources/folder/folder-files.ts';
import { OciFetcher } from '../../stores/bundle-sources/oci/oci-fetcher.ts';
import type { RegistryCredential } from '../../stores/bundle-sources/oci/registry-access.ts';
import { taken } from './outcome.ts';

/** Most bytes of a bundle where no registration says: that of sources. */
export const SIZE_LIMIT_BYTES = 33_554_432;

/** Longest wait for a registry. */
const REGISTRY_TIMEOUT_MS = 120_000;

/** Where a bundle is: a file, a folder or a registry. */
export type PartPlace =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'registry'; readonly reference: string };

/** A bundle as it lies there, not verified. */
export interface PlacedPart {
  readonly place: PartPlace;
  readonly content: FetchedContent;
  readonly approvals: readonly string[];
  /** Digest of what a registry’s reference stands for. */
  readonly version: string;
}

/** Which credential a registry is shown. */
export interface RegistryOptions {
  readonly username?: string;
  readonly passwordEnv?: string;
}

/** What commands that take a file or a reference say of it. */
export const PLACE = 'bundle file, folder, or <registry>/<repository>:<tag>';

/** Adds the options of a registry. */
export function withRegistryOptions(command: Command): Command {
  return command
    .option('--username <name>', 'user name that a registry is shown (default: $BAILIFF_REGISTRY_USERNAME)')
    .option(
      '--password-env <variable>',
      'variable with the password or token that a registry is shown (default: BAILIFF_REGISTRY_PASSWORD)',
    );
}

/** What a word names: what is on disk, else a reference. @throws Failure `bad_request` when it can be neither. */
export async function placeNamed(word: string): Promise<PartPlace> {
  if (existsSync(word)) {
    return (await stat(word)).isDirectory() ? { kind: 'folder', path: word } : { kind: 'file', path: word };
  }
  const reference = word.replace(/^oci:\/\//, '');
  if (BundleOrigin.safeParse({ kind: 'oci', reference }).success) return { kind: 'registry', reference };
  throw new Failure(
    'bad_request',
    `There is no file ${word}, and it is no reference. Write <registry>/<repository>:<tag> or …@sha256:<digest>.`,
  );
}

/** The bundle at a place, with its approvals. @throws Failure `bundle_unavailable` when it cannot be had. */
export async function readPlace(word: string, options: RegistryOptions): Promise<PlacedPart> {
  const place = await placeNamed(word);
  switch (place.kind) {
    case 'registry':
      return await pulled(place, options);
    case 'folder': {
      const signal = AbortSignal.timeout(REGISTRY_TIMEOUT_MS);
      const files = await readFolder(place.path, { bytesMax: SIZE_LIMIT_BYTES, signal });
      const approvals = await approvalsBeside(`${place.path}/${APPROVALS_FILE}`);
      return { place, content: { kind: 'files', files }, approvals, version: '' };
    }
    case 'file': {
      const bytes = new Uint8Array(await readFile(place.path));
      const approvals = await approvalsBeside(approvalsFileOf(place.path));
      return { place, content: { kind: 'archive', bytes }, approvals, version: '' };
    }
  }
}

/** Where the approvals of a bundle’s file lie. */
export function approvalsFileOf(file: string): string {
  return `${file}${APPROVALS_SUFFIX}`;
}

/** The files of a bundle, as they lie there. @throws BundleFailure when an archive cannot be unpacked. */
export async function filesAt({ content }: PlacedPart, name = 'bundle'): Promise<BundleFiles> {
  if (content.kind === 'files') return content.files;
  return taken(await unpackPart(content.bytes, { sizeLimitBytes: SIZE_LIMIT_BYTES, name }));
}

/** The credential that a registry is shown, from the environment and options. */
export function registryCredential({ username, passwordEnv }: RegistryOptions): RegistryCredential {
  if (passwordEnv !== undefined && (process.env[passwordEnv] ?? '') === '')
    throw new Failure('bad_request', `The environment variable ${passwordEnv} is not set.`);
  const password = process.env[passwordEnv ?? PASSWORD_VARIABLE] ?? '';
  return {
    username: username ?? process.env[USERNAME_VARIABLE],
    password: password === '' ? undefined : password,
  };
}

/** Ends every request to a registry that takes too long. */
export function registrySignal(): AbortSignal {
  return AbortSignal.timeout(REGISTRY_TIMEOUT_MS);
}

const USERNAME_VARIABLE = 'BAILIFF_REGISTRY_USERNAME';
const PASSWORD_VARIABLE = 'BAILIFF_REGISTRY_PASSWORD';

async function pulled(
  place: Extract<PartPlace, { readonly kind: 'registry' }>,
  options: RegistryOptions,
): Promise<PlacedPart> {
  const { username, password } = registryCredential(options);
  const origin = BundleOrigin.parse({
    kind: 'oci',
    reference: place.reference,
    ...(username !== undefined && { username: { env: 'USERNAME' } }),
    ...(password !== undefined && { password: { env: 'PASSWORD' } }),
  });
  if (origin.kind !== 'oci') throw new Failure('internal', 'The reference is not one of a registry.');
  await using fetcher = new OciFetcher(origin, { USERNAME: username, PASSWORD: password });
  const found = await fetcher.fetch(undefined, registrySignal());
  if (found.kind === 'unchanged') throw new Failure('internal', 'The registry gave nothing.');
  const { content, approvals, version } = found;
  return { place, content, approvals, version };
}

async function approvalsBeside(file: string): Promise<readonly string[]> {
  if (!existsSync(file)) return [];
  return approvalsFrom(await readFile(file, 'utf8'), file);
}
