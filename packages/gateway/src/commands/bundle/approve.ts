import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure, ReleaseManifest, type TrustedKey } from '@bailiff/contract';
import { inspectPart } from '../../distribution/parts/inspect-part.ts';
import { approvalText, approvePart } from '../../distribution/parts/signing/approvals.ts';
import { usualAlgorithm } from '../../distribution/parts/signing/private-key.ts';
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
    const { name, digest, revision, author } = taken(await inspectPart(await filesAt(part), tools));
    const approver = await approverOf(options);
    if (approver === author)
      throw new Failure('bad_request', `${approver} is the author of it, whose approval does not count.`);
    const statement = { bundle: name, digest, approver };
    const algorithm = options.algorithm ?? (await usualAlgorithm(key));
    const approval = await approvePart(statement, { id: keyId, algorithm, file: key });
    const where = await keep(part, approval, options);
    return done(
      json,
      { ...statement, revision, key_id: keyId, algorithm, approval, kept_in: where },
      `signed as ${keyId}: ${approvalText(statement)}\nwhich approves ${name} ${revision}, kept in ${where}\n`,
    );
  });
}

async function approverOf({ as, release, keyId }: ApproveOptions): Promise<string> {
  if (release === undefined) {
    if (as !== undefined) return as;
    throw new Failure(
      'bad_request',
      'Say who approves: --as PERSON, or --release DIR to take it from its `keys`.',
    );
  }
  const { value } = taken(await new SourceFolder(release).valid('release.yaml', ReleaseManifest));
  const person = Object.hasOwn(value.keys, keyId) ? value.keys[keyId]?.person : undefined;
  if (person === undefined)
    throw new Failure(
      'bad_request',
      `The key ${keyId} is not among \`keys\` of ${join(release, 'release.yaml')}.`,
    );
  if (as === undefined || as === person) return person;
  throw new Failure('bad_request', `The key ${keyId} is ${person}’s, not ${as}’s.`);
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
