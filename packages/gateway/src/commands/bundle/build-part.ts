import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ReleaseManifest } from '@bailiff/contract';
import { BundleFailure } from '../../distribution/finding.ts';
import { checkPart, nameOf } from '../../distribution/parts/inspect-part.ts';
import { packPart } from '../../distribution/parts/pack-part.ts';
import { SourceFolder } from '../../distribution/sources/folder.ts';
import { readFolder } from '../../stores/bundle-sources/folder/folder-files.ts';
import { opaPath } from '../places.ts';
import { type BundleOutcome, done, type JsonOption, outcomeOf, taken } from './outcome.ts';
import { SIZE_LIMIT_BYTES } from './part-place.ts';

export interface BuildPartOptions extends JsonOption {
  /** Where the bundle is written; it is only checked when absent. */
  readonly output?: string;
  /** Who made the change. */
  readonly author?: string;
  /** Name of the bundle, when `directory` is a release’s. Else the folder is the bundle’s own. */
  readonly bundle?: string;
}

/** Checks one bundle on its own and packs it to be signed and to travel. */
export function buildPart(directory: string, options: BuildPartOptions): Promise<BundleOutcome> {
  const { json, output, author = '', bundle } = options;
  return outcomeOf(directory, json, async () => {
    const path = bundle === undefined ? '' : await pathOf(directory, bundle);
    const signal = new AbortController().signal;
    const files = await readFolder(join(directory, path), { bytesMax: SIZE_LIMIT_BYTES, signal });
    const name = bundle ?? taken(nameOf(files));
    // Findings name files by the bundle; people look for them in its folder.
    const located = <Found extends { readonly file: string }>(finding: Found): Found => ({
      ...finding,
      file: join(path, finding.file === name ? '.' : finding.file.replace(`${name}/`, '')),
    });
    const packed = await packPart(files, { name, author });
    if (packed.kind === 'refused') throw new BundleFailure(packed.findings.map(located));
    const findings = await checkPart(name, files, { opa: opaPath(), signal });
    if (findings.length > 0) throw new BundleFailure(findings.map(located));
    const { bytes, manifest } = packed.value;
    if (output !== undefined) await writeFile(output, bytes);
    const { revision, roots, metadata } = manifest;
    return done(
      json,
      { ...metadata, revision, roots, bytes: bytes.length, ...(output !== undefined && { output }) },
      [
        `bundle ${name} ${revision}, ${files.size} files\n`,
        `digest ${metadata.digest}\n`,
        output === undefined ? '' : `written to ${output}, not signed yet: ./bailiff bundle sign ${output}\n`,
      ].join(''),
    );
  });
}

async function pathOf(directory: string, bundle: string): Promise<string> {
  const folder = new SourceFolder(directory);
  const { value, document } = taken(await folder.valid('release.yaml', ReleaseManifest));
  const registration = Object.hasOwn(value.bundles, bundle) ? value.bundles[bundle] : undefined;
  if (registration?.path !== undefined) return registration.path;
  const detail =
    registration === undefined
      ? `No bundle \`${bundle}\` is registered.`
      : `The bundle \`${bundle}\` comes from its source and has no folder here.`;
  const mend = 'Name one that has a `path`, or give the bundle’s own folder.';
  const row = document.rowOf(['bundles', bundle]);
  throw new BundleFailure([{ file: document.file, row, code: 'bundle_missing', detail, mend }]);
}
