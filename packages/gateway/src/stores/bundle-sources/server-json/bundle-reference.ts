import { BundleOrigin } from '@bailiff/contract';
import { isObject } from '../../../distribution/sources/document.ts';
import { unavailable } from '../unavailable.ts';

/** Under this key the metadata of a server names the bundle that ships with it, as `<registry>/<repository>:<tag>`. */
export const BUNDLE_KEY = 'dev.bailiff/bundle';

/** MCP registries keep what a server’s publisher says below this key. */
const PUBLISHER_KEY = 'io.modelcontextprotocol.registry/publisher-provided';

/**
 * The OCI reference that a `server.json` names. An answer of a registry’s API, which has that under `server`, is read as well.
 * @throws Failure `bundle_unavailable` where it names none, or one in another registry than `registry`.
 * @see https://github.com/modelcontextprotocol/registry/blob/main/docs/reference/server-json/generic-server-json.md
 */
export function bundleReferenceIn(bytes: Uint8Array, registry: string): string {
  const document = parsed(bytes);
  const server = isObject(document.server) ? document.server : document;
  const meta = memberOf(server, '_meta');
  const named = own(meta, BUNDLE_KEY) ?? own(memberOf(meta, PUBLISHER_KEY), BUNDLE_KEY);
  if (named === undefined)
    throw unavailable(
      `The server’s metadata names no bundle under \`${BUNDLE_KEY}\`.`,
      'Ask whoever publishes the server, or name the bundle’s source in release.yaml.',
    );
  const origin = BundleOrigin.safeParse({ kind: 'oci', reference: named });
  if (!origin.success || origin.data.kind !== 'oci')
    throw unavailable(
      `\`${BUNDLE_KEY}\` in the server’s metadata is no reference to an OCI registry.`,
      'It is written <registry>/<repository>:<tag> or <registry>/<repository>@sha256:<digest>.',
    );
  const { reference } = origin.data;
  const host = reference.slice(0, reference.indexOf('/'));
  if (host === registry) return reference;
  throw unavailable(
    'The server’s metadata names a bundle in another registry than its registration permits.',
    'If that is where its publisher keeps it, set `registry` of the source to it.',
  );
}

type Members = Readonly<Record<string, unknown>>;

function parsed(bytes: Uint8Array): Members {
  try {
    const document: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (isObject(document)) return document;
  } catch {
    // It is refused below.
  }
  throw unavailable('The server’s metadata is no JSON object.', 'Name the server’s `server.json`.');
}

function memberOf(members: Members, name: string): Members {
  const member = own(members, name);
  return isObject(member) ? member : {};
}

function own(members: Members, name: string): unknown {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}
