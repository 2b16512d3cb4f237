import { APPROVALS_BYTES_MAX, approvalsFrom } from '../approvals.ts';
import { unavailable } from '../unavailable.ts';
import type { OriginClientOptions } from '../web/origin-client.ts';
import { approvalsOf, pullManifest } from './oci-fetcher.ts';
import {
  APPROVALS_ANNOTATION,
  bundleLayerOf,
  CONFIG_TYPE,
  LAYER_TYPE,
  manifestBytes,
  sha256Of,
} from './oci-manifest.ts';
import { manifestNameOf, type OciReference, ociReferenceOf } from './oci-reference.ts';
import type { RegistryCredential } from './registry-access.ts';
import { RegistryClient } from './registry-client.ts';

/** Which registry is written to, as whom, and until when. */
export interface PushOptions extends OriginClientOptions {
  readonly credential?: RegistryCredential;
  readonly signal: AbortSignal;
}

/** What was pushed, by the digest of its manifest. */
export interface Pushed {
  readonly digest: string;
  /** `<registry>/<repository>@sha256:…`: names it whatever becomes of the tag. */
  readonly reference: string;
}

/** What is pushed besides the bundle’s bytes. */
export interface PushedBundle {
  /** A `bundle.tar.gz`. */
  readonly bytes: Uint8Array;
  readonly approvals?: readonly string[];
  /** Annotations of the manifest, as `org.opencontainers.image.version`. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** OPA’s documentation has an empty object as the configuration of a bundle. */
const CONFIG = new TextEncoder().encode('{}');

/**
 * Pushes a bundle under a tag, so that an OPA with a service of type `oci` can pull it as well.
 * @throws Failure `bundle_unavailable`, or what aborted the signal.
 */
export async function pushBundle(
  reference: string,
  bundle: PushedBundle,
  options: PushOptions,
): Promise<Pushed> {
  const { signal } = options;
  const at = taggedReference(reference);
  await using registry = openRegistry(at.reference, options);
  await registry.pushBlob(bundle.bytes, signal);
  await registry.pushBlob(CONFIG, signal);
  const descriptor = (mediaType: string, bytes: Uint8Array) => ({
    mediaType,
    digest: sha256Of(bytes),
    size: bytes.length,
  });
  const manifest = manifestBytes({
    layer: {
      ...descriptor(LAYER_TYPE, bundle.bytes),
      annotations: { 'org.opencontainers.image.title': 'bundle.tar.gz' },
    },
    config: descriptor(CONFIG_TYPE, CONFIG),
    annotations: { ...bundle.annotations, ...approvalAnnotation(bundle.approvals ?? []) },
  });
  return pushed(at, await registry.pushManifest(at.tag, manifest, signal));
}

/**
 * Adds an approval to the bundle under a tag: the same layer, in a manifest with one approval more. `expected` is the digest of the
 * manifest that is to be approved; when the tag has moved since, nothing is written.
 * @throws Failure `bundle_unavailable`, or what aborted the signal.
 */
export async function addApproval(
  reference: string,
  approval: { readonly jws: string; readonly expected?: string },
  options: PushOptions,
): Promise<Pushed> {
  const { signal } = options;
  const at = taggedReference(reference);
  await using registry = openRegistry(at.reference, options);
  const { digest, manifest } = await pullManifest(registry, at.tag, signal);
  if (approval.expected !== undefined && approval.expected !== digest)
    throw unavailable(
      'Another bundle was pushed under this tag meanwhile.',
      'Look at it, and approve it if it is as it should be.',
    );
  const layer = bundleLayerOf(manifest);
  const approvals = approvalsOf(manifest);
  if (approvals.includes(approval.jws)) return pushed(at, digest);
  const annotations = {
    ...manifest.annotations,
    ...approvalAnnotation([...approvals, approval.jws]),
  };
  const bytes = manifestBytes({ layer, config: manifest.config, annotations });
  return pushed(at, await registry.pushManifest(at.tag, bytes, signal));
}

interface Tagged {
  readonly reference: OciReference;
  readonly tag: string;
}

function taggedReference(text: string): Tagged {
  const reference = ociReferenceOf(text);
  if (reference.wanted.kind === 'tag') return { reference, tag: manifestNameOf(reference) };
  throw unavailable('What a digest names cannot be written to.', 'Write <registry>/<repository>:<tag>.');
}

function openRegistry(reference: OciReference, { credential, ...options }: PushOptions): RegistryClient {
  const none = { username: undefined, password: undefined };
  return new RegistryClient(reference, () => credential ?? none, options);
}

function approvalAnnotation(approvals: readonly string[]): Record<string, string> {
  if (approvals.length === 0) return {};
  const text = JSON.stringify(approvals);
  approvalsFrom(text, 'What is to be pushed'); // whoever pulls would refuse it
  if (text.length > APPROVALS_BYTES_MAX)
    throw unavailable(
      `The approvals have more than ${APPROVALS_BYTES_MAX} bytes.`,
      'Leave out those not needed.',
    );
  return { [APPROVALS_ANNOTATION]: text };
}

function pushed({ reference: { registry, repository } }: Tagged, digest: string): Pushed {
  return { digest, reference: `${registry.host}/${repository}@${digest}` };
}
