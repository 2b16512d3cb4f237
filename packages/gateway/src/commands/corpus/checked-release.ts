import { readFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { Failure, type Release } from '@bailiff/contract';
import { loadConfiguration } from '../../config.ts';
import { type Corpus, readCorpus } from '../../distribution/corpus/corpus-file.ts';
import { BundleFailure, type Finding } from '../../distribution/finding.ts';
import { buildFolder } from '../bundle/build-folder.ts';
import { usualDataDirectory } from '../bundle/fetched-sources.ts';
import { placeOf } from '../bundle/outcome.ts';
import { defaultConfigurationFile } from '../places.ts';

/** What a command is told of the release that it is about. */
export interface ReleaseOptions {
  readonly config?: string;
  /** Folder with `release.yaml`. */
  readonly release?: string;
  /** A composed bundle instead. */
  readonly bundle?: string;
}

/** A release that decides a corpus. */
export interface CheckedRelease {
  readonly bundle: Uint8Array;
  /** Undefined for a bundle that comes as a file. */
  readonly release: Release | undefined;
  /** Corpus that its `release.yaml` names, absolute; undefined where it names none. */
  readonly corpus: string | undefined;
  /** Bundles that were left out, or are copies. */
  readonly doubts: readonly Finding[];
}

/**
 * Builds the release of the named folder, else of the configured policy folder; or reads the composed bundle.
 * @throws BundleFailure when the sources are refused; Failure `bad_request` when a file cannot be read.
 */
export async function checkedRelease({ config, release, bundle }: ReleaseOptions): Promise<CheckedRelease> {
  if (bundle !== undefined)
    return { bundle: await bytesOf(bundle), release: undefined, corpus: undefined, doubts: [] };
  const directory =
    release === undefined
      ? (await loadConfiguration(config ?? defaultConfigurationFile())).configuration.policy.directory
      : resolve(release);
  const dataDirectory = await usualDataDirectory(directory, config);
  const built = await buildFolder(directory, { dataDirectory }).catch((thrown: unknown) => {
    if (!(thrown instanceof BundleFailure)) throw thrown;
    throw new BundleFailure(
      thrown.findings.map((finding) => ({ ...finding, file: placeOf(directory, finding.file) })),
    );
  });
  const { corpus } = built.sources.manifest;
  return {
    bundle: built.release.bundle,
    release: built.release,
    corpus: corpus === undefined ? undefined : resolve(directory, corpus),
    doubts: built.doubts,
  };
}

/** Reads a corpus file. @throws BundleFailure with what is wrong with it; Failure `bad_request` when it cannot be read. */
export async function corpusIn(file: string): Promise<Corpus> {
  const read = readCorpus(await bytesOf(file), relative('', file) || file);
  if (read.kind === 'refused') throw new BundleFailure(read.findings);
  return read.value;
}

/** The file that is named, else the one that the release names. @throws Failure `bad_request` when neither is. */
export function corpusFileOf(named: string | undefined, { corpus }: Pick<CheckedRelease, 'corpus'>): string {
  const file = named ?? corpus;
  if (file !== undefined) return file;
  throw new Failure(
    'bad_request',
    'No corpus is named: give its file, or name it as `corpus` in release.yaml. `./bailiff corpus save -o FILE` makes one.',
  );
}

async function bytesOf(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new Failure('bad_request', `${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
