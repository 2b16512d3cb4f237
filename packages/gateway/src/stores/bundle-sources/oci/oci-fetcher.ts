import type { BundleOrigin } from '@bailiff/contract';
import type { BundleFetcher, Fetched } from '../../../distribution/delivery/bundle-fetcher.ts';
import { approvalsFrom } from '../approvals.ts';
import { type Environment, secretOf } from '../secret-of.ts';
import { unavailable } from '../unavailable.ts';
import type { OriginClientOptions } from '../web/origin-client.ts';
import { APPROVALS_ANNOTATION, bundleLayerOf, type Manifest, manifestFrom } from './oci-manifest.ts';
import { manifestNameOf, type OciReference, ociReferenceOf } from './oci-reference.ts';
import type { RegistryCredential } from './registry-access.ts';
import { RegistryClient } from './registry-client.ts';

export type OciOrigin = Extract<BundleOrigin, { kind: 'oci' }>;

/** A bundle from an OCI registry, by tag or digest. Its version is the digest of what the reference stands for. */
export class OciFetcher implements BundleFetcher {
  readonly described: string;
  readonly #origin: OciOrigin;
  readonly #credential: () => RegistryCredential;
  readonly #options: OriginClientOptions;
  #opened: { readonly reference: OciReference; readonly registry: RegistryClient } | undefined;

  constructor(origin: OciOrigin, environment: Environment, options: OriginClientOptions = {}) {
    this.#origin = origin;
    this.#options = options;
    this.described = origin.reference;
    this.#credential = () => ({
      username: secretOf(origin.username, environment),
      password: secretOf(origin.password, environment),
    });
  }

  async fetch(known: string | undefined, signal: AbortSignal): Promise<Fetched> {
    const { reference, registry } = this.#open();
    const { wanted } = reference;
    // A digest is what it is for ever: there is nothing to ask.
    if (wanted.kind === 'digest' && wanted.digest === known) return { kind: 'unchanged' };
    if (known !== undefined && wanted.kind === 'tag' && (await registry.digest(signal)) === known)
      return { kind: 'unchanged' };
    const { digest, manifest } = await pullManifest(registry, manifestNameOf(reference), signal);
    if (digest === known) return { kind: 'unchanged' };
    const approvals = approvalsOf(manifest);
    const layer = bundleLayerOf(manifest);
    const bytes = await registry.blob(layer, this.#origin.size_limit_bytes, signal);
    return { kind: 'found', content: { kind: 'archive', bytes }, version: digest, approvals };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened?.registry[Symbol.asyncDispose]();
  }

  #open() {
    if (this.#opened === undefined) {
      const reference = ociReferenceOf(this.#origin.reference);
      const registry = new RegistryClient(reference, this.#credential, this.#options);
      this.#opened = { reference, registry };
    }
    return this.#opened;
  }
}

/** What stands at a name: the manifest, followed through an index, and the digest of the name itself. */
export async function pullManifest(registry: RegistryClient, name: string, signal: AbortSignal) {
  const { bytes, digest } = await registry.manifest(name, signal);
  const first = manifestFrom(bytes);
  if (first.kind === 'manifest') return { digest, manifest: first.manifest };
  const second = manifestFrom((await registry.manifest(first.manifest.digest, signal)).bytes);
  if (second.kind === 'manifest') return { digest, manifest: second.manifest };
  throw unavailable('The artifact is an index within an index.', 'Push the bundle under a tag of its own.');
}

/** Approvals that a manifest carries. @throws Failure `bundle_unavailable` for an annotation that is no list of them. */
export function approvalsOf({ annotations = {} }: Manifest): readonly string[] {
  const text = Object.hasOwn(annotations, APPROVALS_ANNOTATION)
    ? annotations[APPROVALS_ANNOTATION]
    : undefined;
  return text === undefined ? [] : approvalsFrom(text, `The annotation ${APPROVALS_ANNOTATION}`);
}
