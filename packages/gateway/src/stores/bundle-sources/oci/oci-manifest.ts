import { createHash } from 'node:crypto';
import { z } from 'zod';
import { unavailable } from '../unavailable.ts';

export const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
export const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';
export const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json';

/** The one layer that OPA takes a bundle from. */
export const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar+gzip';

/** Annotation of a manifest: a JSON array of compact JWS. */
export const APPROVALS_ANNOTATION = 'dev.bailiff.approvals';

/** Largest manifest, in bytes. @see the distribution spec, “Pushing manifests” */
export const MANIFEST_BYTES_MAX = 4_194_304;

const Descriptor = z.object({
  mediaType: z.string(),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  size: z.int().min(0),
  annotations: z.record(z.string(), z.string()).optional(),
});
export type Descriptor = z.infer<typeof Descriptor>;

const Manifest = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  config: Descriptor,
  layers: z.array(Descriptor).max(1_000),
  annotations: z.record(z.string(), z.string()).optional(),
});
export type Manifest = z.infer<typeof Manifest>;

const Index = z.object({
  schemaVersion: z.literal(2),
  manifests: z.array(Descriptor).max(1_000),
});

/** What a manifest’s address answers with. */
export type ManifestDocument =
  | { readonly kind: 'manifest'; readonly manifest: Manifest }
  /** It leads to one other manifest, by its digest. */
  | { readonly kind: 'index'; readonly manifest: Descriptor };

/** Reads what a registry gave as a manifest. @throws Failure `bundle_unavailable` for what holds no bundle. */
export function manifestFrom(bytes: Uint8Array): ManifestDocument {
  const value = jsonOf(bytes);
  const index = Index.safeParse(value);
  if (index.success) {
    // Builders put statements about a manifest beside it.
    const manifests = index.data.manifests.filter(
      ({ annotations = {} }) => !Object.hasOwn(annotations, 'vnd.docker.reference.type'),
    );
    const [manifest, second] = manifests;
    if (manifest !== undefined && second === undefined) return { kind: 'index', manifest };
    throw unavailable(
      `The reference stands for ${manifests.length} artifacts.`,
      'Push the bundle under a tag of its own, or name it by its digest.',
    );
  }
  const manifest = Manifest.safeParse(value);
  if (manifest.success) return { kind: 'manifest', manifest: manifest.data };
  throw unavailable('The registry’s manifest cannot be read.', MEND_ARTIFACT);
}

/** The one layer with the bundle. @throws Failure `bundle_unavailable` when there is none, or more. */
export function bundleLayerOf({ layers }: Manifest): Descriptor {
  const [layer, second] = layers;
  if (layer?.mediaType === LAYER_TYPE && second === undefined) return layer;
  throw unavailable(
    'The artifact is no bundle: it must have exactly one layer, a packed tar.',
    MEND_ARTIFACT,
  );
}

/** A manifest for a bundle, as OPA pulls it, and its bytes as they are pushed. */
export function manifestBytes(manifest: {
  readonly layer: Descriptor;
  readonly config: Descriptor;
  readonly annotations: Readonly<Record<string, string>>;
}): Uint8Array {
  const { layer, config, annotations } = manifest;
  const document = { schemaVersion: 2, mediaType: MANIFEST_TYPE, config, layers: [layer] };
  const annotated = Object.keys(annotations).length === 0 ? document : { ...document, annotations };
  return new TextEncoder().encode(JSON.stringify(annotated));
}

/** As registries name content. */
export function sha256Of(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw unavailable('The registry’s manifest is no JSON.', MEND_ARTIFACT, cause);
  }
}

const MEND_ARTIFACT = 'Push it with `./bailiff bundle push`, or as OPA’s documentation on OCI has it.';
