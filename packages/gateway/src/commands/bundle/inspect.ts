import pc from 'picocolors';
import { inspectPart, type PartInspection } from '../../distribution/parts/inspect-part.ts';
import { claimedApproval } from '../../distribution/parts/signing/approvals.ts';
import { claimedSignature } from '../../distribution/parts/signing/signature.ts';
import { opaPath } from '../places.ts';
import { type BundleOutcome, done, type JsonOption, partOutcomeOf, taken } from './outcome.ts';
import { filesAt, type RegistryOptions, readPlace } from './part-place.ts';

/** Tells what a bundle says of itself. Nothing of it is verified. */
export function bundleInspect(word: string, options: JsonOption & RegistryOptions): Promise<BundleOutcome> {
  const { json } = options;
  return partOutcomeOf(json, async () => {
    const part = await readPlace(word, options);
    const signal = new AbortController().signal;
    const inspected = taken(await inspectPart(await filesAt(part), { opa: opaPath(), signal }));
    const told = toldOf(inspected, part.approvals);
    return done(json, told, textOf(told));
  });
}

/** As machines get it. */
type Told = ReturnType<typeof toldOf>;

function toldOf({ token, ...inspected }: PartInspection, approvals: readonly string[]) {
  const signature = token === undefined ? undefined : claimedSignature(token);
  return {
    ...inspected,
    signature:
      signature === undefined
        ? null
        : {
            key_id: signature.keyId,
            algorithm: signature.algorithm,
            author: signature.author,
            issued_at: instant(signature.issuedAtMs),
            expires_at: instant(signature.expiresAtMs),
          },
    approvals: approvals.map((approval) => {
      const claimed = claimedApproval(approval);
      return claimed === undefined
        ? { approver: '', key_id: '', is_for_this: false }
        : {
            approver: claimed.approver,
            key_id: claimed.keyId,
            is_for_this: claimed.bundle === inspected.name && claimed.digest === inspected.digest,
          };
    }),
  };
}

function textOf(told: Told): string {
  const { signature, approvals, rules, files } = told;
  const width = Math.max(...rules.map(({ id }) => id.length), 0);
  return [
    `${pc.bold(told.name)} ${told.revision}\n`,
    `  owner     ${told.owner}\n`,
    `  author    ${told.author || 'nobody is named'}\n`,
    `  digest    ${told.digest}\n`,
    `  roots     ${told.roots.join(', ')}\n`,
    signature === null
      ? `  signature ${pc.yellow('none')}\n`
      : `  signature ${signature.key_id || 'no key named'} (${signature.algorithm}), until ${signature.expires_at ?? 'its key expires'}\n`,
    ...approvals.map(
      ({ approver, key_id, is_for_this }) =>
        `  approval  ${approver || 'unreadable'} with ${key_id || 'no key'}${is_for_this ? '' : pc.yellow(', for something else')}\n`,
    ),
    `${rules.length} ${rules.length === 1 ? 'rule' : 'rules'}\n`,
    ...rules.map(
      ({ id, kind, mode }) => `  ${id.padEnd(width)}  ${kind}${mode === 'enforce' ? '' : `, ${mode}`}\n`,
    ),
    `${files.length} files\n`,
    ...files.map(({ path, bytes }) => `  ${path}  ${bytes} bytes\n`),
    'Nothing of this is verified: ./bailiff bundle verify does that.\n',
  ].join('');
}

function instant(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
