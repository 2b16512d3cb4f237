import { hash } from 'node:crypto';
import type { BundleOrigin, BundleRegistration, Registered, TrustedKey } from '@bailiff/contract';
import canonicalize from 'canonicalize';

/**
 * What `release.yaml` says of a bundle: where it comes from and who answers for it, for people, and a digest of all of it. Holds
 * nothing secret of an address.
 */
export function registeredBundle(registration: BundleRegistration): Registered {
  const { path, source, owners, signing_keys: keys, approvals } = registration;
  // The gateway counts approvals of what travels; of a folder it would say what it has not seen.
  const where = path === undefined ? '' : ' asked of its repository';
  const parts = [
    source === undefined ? `folder ${path ?? ''}` : originText(source),
    ...(owners.length === 0 ? [] : [`owners ${owners.join(', ')}`]),
    ...(source?.local_development === true ? ['taken unsigned'] : signedWith(keys)),
    ...(approvals === 0 ? [] : [`${approvals} ${approvals === 1 ? 'approval' : 'approvals'}${where}`]),
  ];
  return { what: parts.join('; '), digest: hash('sha256', canonicalize(registration) ?? '') };
}

/** What `release.yaml` says of a key, and a digest of that and of the key itself, whose file holds `pem`. */
export function registeredKey(key: TrustedKey, pem: string): Registered {
  const { person, algorithm, expires_at: end } = key;
  const what = `${person}, ${algorithm}${end === undefined ? '' : `, until ${end}`}`;
  return { what, digest: hash('sha256', canonicalize([key, pem]) ?? '') };
}

function signedWith(keys: readonly string[]): string[] {
  return keys.length === 0 ? [] : [`signed with ${keys.join(' or ')}`];
}

function originText(origin: BundleOrigin): string {
  switch (origin.kind) {
    case 'directory':
      return `directory ${origin.path}`;
    case 'git':
      return `git ${addressText(origin.repository)} at ${origin.ref}${origin.path === '' ? '' : `, ${origin.path}`}`;
    case 'oci':
      return `oci ${origin.reference}`;
    case 'http':
      return `http ${addressText(origin.url)}`;
    case 'server_json':
      return `server_json ${addressText(origin.url ?? origin.file ?? '')} by ${origin.registry}`;
  }
}

/** Neither user and password nor the query, where they may hold a secret. */
function addressText(address: string): string {
  if (!address.includes('://') || !URL.canParse(address)) return address;
  const { protocol, host, pathname } = new URL(address);
  return `${protocol}//${host}${pathname}`;
}
