import { createPublicKey } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure, ReleaseManifest, type TrustedKey } from '@bailiff/contract';
import { inspectPart, type PartInspection } from '../../distribution/parts/inspect-part.ts';
import { approvalText, approvePart, countApprovals } from '../../distribution/parts/signing/approvals.ts';
import { privateKeyOf, usualAlgorithm } from '../../distribution/parts/signing/private-key.ts';
import { claimedSignature } from '../../distribution/parts/signing/signature.ts';
import { type PartKeys, readTrustedKeys } from '../../distribution/parts/signing/trusted-keys.ts';
import { APPROVALS_FILE } from '../../distribution/sources/bundle-files.ts';
import { SourceFolder } from '../../distribution/sources/folder.ts';
import { addApproval } from '../../stores/bundle-sources/oci/push-bundle.ts';
import { opaPath } from '../places.ts';
import { type BundleOutcome, done, type JsonOption, jsonOf, partOutcomeOf, taken } from './outcome.ts';
import {
  approvalsFileOf,
  filesAt,
  type PlacedPart,
  type RegistryOptions,
  readPlace,
  registryCredential,
  registrySignal,
} from './part-place.ts';

export interface ApproveOptions extends JsonOption, RegistryOptions {
  readonly key: string;
  readonly keyId: string;
  readonly algorithm?: TrustedKey['algorithm'];
  /** Who approves; the person of the key in the release’s registry, where that is named instead. */
  readonly as?: string;
  readonly release?: string;
}

/** Signs an approval of a bundle and puts it beside its file, or adds it to it in its registry. */
export function bundleApprove(word: string, options: ApproveOptions): Promise<BundleOutcome> {
  const { key, keyId, json } = options;
  return partOutcomeOf(json, async () => {
    const part = await readPlace(word, options);
    const tools = { opa: opaPath(), signal: new AbortController().signal };
    const { name, digest, revision, author, token } = taken(await inspectPart(await filesAt(part), tools));
    const { person: approver, algorithm, registry } = await approverOf(options);
    if (approver === author)
      throw new Failure('bad_request', `${approver} is the author of it, whose approval does not count.`);
    const statement = { bundle: name, digest, approver };
    const approval = await approvePart(statement, { id: keyId, algorithm, file: key });
    await refuseUncounted(approval, { ...statement, author, token }, registry);
    const where = await keep(part, approval, options);
    const unchecked =
      registry === undefined
        ? 'Whether it counts was not looked at: --release DIR holds the key against the registered one.\n'
        : '';
    return done(
      json,
      { ...statement, revision, key_id: keyId, algorithm, approval, kept_in: where },
      `signed as ${keyId}: ${approvalText(statement)}\nwhich approves ${name} ${revision}, kept in ${where}\n${unchecked}`,
    );
  });
}

/** Who approves, with which algorithm, and the registry that says so, where one is named. */
interface Approver {
  readonly person: string;
  readonly algorithm: TrustedKey['algorithm'];
  readonly registry: { readonly manifest: ReleaseManifest; readonly keys: PartKeys } | undefined;
}

async function approverOf({ as, release, key, keyId, algorithm }: ApproveOptions): Promise<Approver> {
  if (release === undefined) {
    if (as !== undefined)
      return { person: as, algorithm: algorithm ?? (await usualAlgorithm(key)), registry: undefined };
    throw new Failure(
      'bad_request',
      'Say who approves: --as PERSON, or --release DIR to take it from its `keys`.',
    );
  }
  const folder = new SourceFolder(release);
  const { value: manifest } = taken(await folder.valid('release.yaml', ReleaseManifest));
  const keys = taken(await readTrustedKeys(manifest.keys, folder));
  const registered = keys.get(keyId);
  const file = join(release, 'release.yaml');
  const refuse = (why: string): never => {
    throw new Failure('bad_request', why);
  };
  if (registered === undefined) return refuse(`The key ${keyId} is not among \`keys\` of ${file}.`);
  const { person, publicKey } = registered;
  if (as !== undefined && as !== person) return refuse(`The key ${keyId} is ${person}’s, not ${as}’s.`);
  const own = await privateKeyOf({ id: keyId, algorithm: algorithm ?? registered.algorithm, file: key });
  if (!createPublicKey(own).equals(publicKey))
    return refuse(
      `${key} is not the key that ${file} registers as ${keyId} for ${person}, so the approval would not count. Sign with the private half of ${join(release, registered.file)}, or have the public half of ${key} registered: openssl pkey -in ${key} -pubout`,
    );
  if (algorithm !== undefined && algorithm !== registered.algorithm)
    return refuse(`${file} registers ${keyId} for ${registered.algorithm}, not ${algorithm}.`);
  return { person, algorithm: registered.algorithm, registry: { manifest, keys } };
}

/** @throws Failure `bad_request` where a gateway with that registry would not count the approval. */
async function refuseUncounted(
  approval: string,
  { bundle, digest, author, token }: Pick<PartInspection, 'digest' | 'author' | 'token'> & { bundle: string },
  registry: Approver['registry'],
): Promise<void> {
  const bundles = registry?.manifest.bundles ?? {};
  const registration = Object.hasOwn(bundles, bundle) ? bundles[bundle] : undefined;
  if (registry === undefined || registration === undefined) return;
  const { keys } = registry;
  const { owners, signing_keys: signingKeys } = registration;
  const signedBy = (token === undefined ? undefined : claimedSignature(token)?.keyId) ?? '';
  // By any other key the signature does not hold, or says nothing.
  const signer = signingKeys.includes(signedBy) ? keys.get(signedBy)?.person : undefined;
  const rules = { bundle, digest, author, signer, owners, keys, nowMs: Date.now() };
  const { refused } = await countApprovals([approval], rules);
  if (refused.length === 0) return;
  throw new Failure('bad_request', `The approval would not count, and is not kept: ${refused.join('; ')}.`);
}

/** Keeps an approval with what it is of; says where. */
async function keep(
  { place, approvals, version }: PlacedPart,
  approval: string,
  options: ApproveOptions,
): Promise<string> {
  if (place.kind === 'registry') {
    const credential = registryCredential(options);
    const added = { jws: approval, expected: version };
    const { reference } = await addApproval(place.reference, added, { credential, signal: registrySignal() });
    return reference;
  }
  const file = place.kind === 'folder' ? join(place.path, APPROVALS_FILE) : approvalsFileOf(place.path);
  await writeFile(file, jsonOf([...approvals, approval]));
  return file;
}
