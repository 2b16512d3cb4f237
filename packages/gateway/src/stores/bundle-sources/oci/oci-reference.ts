import { unavailable } from '../unavailable.ts';
import { isLoopbackHost } from '../web/address-zone.ts';

/** Where an artifact lies in a registry. */
export interface OciReference {
  /** Origin of the registry’s API. */
  readonly registry: URL;
  readonly repository: string;
  /** Exactly one of these names the manifest. */
  readonly wanted:
    | { readonly kind: 'tag'; readonly tag: string }
    | { readonly kind: 'digest'; readonly digest: string };
}

/**
 * Reads `<registry>/<repository>:<tag>` or `…@sha256:<digest>`. Registries on loopback are spoken to over plain HTTP, all others over https.
 * @throws Failure `bundle_unavailable` for anything else.
 */
export function ociReferenceOf(reference: string): OciReference {
  const [, host = '', repository = '', tag, digest] =
    /^([^/\s]+)\/([^:@\s]+)(?::([^:@\s]+)|@(sha256:[0-9a-f]{64}))$/.exec(reference) ?? [];
  const named = HOSTS[host] ?? host;
  const scheme = isLoopbackHost(named.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')) ? 'http' : 'https';
  const registry = HOST.test(named) ? URL.parse(`${scheme}://${named}`) : null;
  const isTagged = tag === undefined || TAG.test(tag);
  if (registry === null || !REPOSITORY.test(repository) || repository.length > 255 || !isTagged)
    throw unavailable(
      'The reference cannot be read.',
      'Write <registry>/<repository>:<tag> or <registry>/<repository>@sha256:<digest>, the repository in lower case.',
    );
  const wanted =
    digest === undefined ? ({ kind: 'tag', tag: tag ?? '' } as const) : ({ kind: 'digest', digest } as const);
  return { registry, repository, wanted };
}

/** The last part of an address of a manifest. */
export function manifestNameOf({ wanted }: OciReference): string {
  return wanted.kind === 'tag' ? wanted.tag : wanted.digest;
}

/** A name that people write, and the registry that is meant by it. */
const HOSTS: Readonly<Record<string, string>> = { 'docker.io': 'registry-1.docker.io' };

const HOST = /^(?:[\w.-]+|\[[0-9a-fA-F:.]+\])(?::\d{1,5})?$/;

/** @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests */
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
