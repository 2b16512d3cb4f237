import { writeFile } from 'node:fs/promises';
import { Failure } from '@bailiff/contract';
import { inspectPart } from '../../distribution/parts/inspect-part.ts';
import { pushBundle } from '../../stores/bundle-sources/oci/push-bundle.ts';
import { opaPath } from '../places.ts';
import { type BundleOutcome, done, type JsonOption, jsonOf, partOutcomeOf, taken } from './outcome.ts';
import {
  approvalsFileOf,
  filesAt,
  placeNamed,
  type RegistryOptions,
  readPlace,
  registryCredential,
  registrySignal,
} from './part-place.ts';

export type TransferOptions = JsonOption & RegistryOptions;

/** Pushes a bundle’s file and the approvals beside it to a registry, under a tag. */
export function bundlePush(
  file: string,
  reference: string,
  options: TransferOptions,
): Promise<BundleOutcome> {
  const { json } = options;
  return partOutcomeOf(json, async () => {
    const target = await placeNamed(reference);
    const part = await readPlace(file, options);
    if (target.kind !== 'registry' || part.place.kind !== 'file' || part.content.kind !== 'archive')
      throw new Failure('bad_request', 'Give the bundle’s file first, then <registry>/<repository>:<tag>.');
    const { opa, signal } = { opa: opaPath(), signal: registrySignal() };
    const { name, revision, version, token } = taken(await inspectPart(await filesAt(part), { opa, signal }));
    const {
      approvals,
      content: { bytes },
    } = part;
    const annotations = {
      'org.opencontainers.image.title': name,
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.revision': revision,
    };
    const credential = registryCredential(options);
    const pushed = await pushBundle(
      target.reference,
      { bytes, approvals, annotations },
      { credential, signal },
    );
    return done(
      json,
      { name, revision, reference: pushed.reference, digest: pushed.digest, approvals: approvals.length },
      [
        `pushed ${name} ${revision} to ${target.reference}\n`,
        `it is ${pushed.reference}\n`,
        token === undefined
          ? 'It is not signed, so that no gateway takes it but for local development.\n'
          : '',
      ].join(''),
    );
  });
}

/** Fetches a bundle from a registry and writes it, its approvals beside it. Nothing is verified. */
export function bundlePull(
  reference: string,
  { output, json, ...options }: TransferOptions & { readonly output: string },
): Promise<BundleOutcome> {
  return partOutcomeOf(json, async () => {
    const { place, content, approvals, version } = await readPlace(reference, options);
    if (place.kind !== 'registry' || content.kind !== 'archive')
      throw new Failure(
        'bad_request',
        'Give a reference: <registry>/<repository>:<tag> or …@sha256:<digest>.',
      );
    await writeFile(output, content.bytes);
    if (approvals.length > 0) await writeFile(approvalsFileOf(output), jsonOf(approvals));
    return done(
      json,
      { reference: place.reference, digest: version, output, approvals: approvals.length },
      `written to ${output}, not verified: ./bailiff bundle verify ${output} --release DIR\n`,
    );
  });
}
