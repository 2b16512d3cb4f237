import { CompactSign, compactVerify, decodeProtectedHeader } from 'jose';
import { z } from 'zod';
import { quoted } from '../part-paths.ts';
import { personOf } from './person-of.ts';
import { privateKeyOf, type SigningKey } from './private-key.ts';
import { keyFault, type PartKey, type PartKeys } from './trusted-keys.ts';

/** What an approver signs. Strict, so that no other statement by the same key can be taken for it. */
const Statement = z.strictObject({
  bundle: z.string().min(1),
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  approver: z.string().min(1),
});
export type ApprovalStatement = z.infer<typeof Statement>;

/** Approvals of one part that are looked at; more are not. */
export const APPROVALS_MAX = 100;

/** The bytes that an approver signs, as text. */
export function approvalText({ bundle, digest, approver }: ApprovalStatement): string {
  return JSON.stringify({ bundle, digest, approver });
}

/**
 * Signs an approval: a compact JWS that names the key in its header.
 * @throws Failure `bad_request` when the private key cannot be used.
 */
export async function approvePart(statement: ApprovalStatement, key: SigningKey): Promise<string> {
  return await new CompactSign(new TextEncoder().encode(approvalText(statement)))
    .setProtectedHeader({ alg: key.algorithm, kid: key.id })
    .sign(await privateKeyOf(key));
}

/** What an approval says of itself, whether or not it is true; undefined where it is none. */
export function claimedApproval(
  approval: string,
): (ApprovalStatement & { readonly keyId: string }) | undefined {
  try {
    const payload = Buffer.from(approval.split('.')[1] ?? '', 'base64url').toString();
    const statement = Statement.safeParse(JSON.parse(payload)).data;
    return statement && { ...statement, keyId: keyIdOf(approval) ?? '' };
  } catch {
    return undefined;
  }
}

/** What approvals are counted for. */
export interface ApprovalRules {
  readonly bundle: string;
  readonly digest: string;
  /** Who made the change; empty where nobody says. */
  readonly author: string;
  /** Who holds the key that signed the bundle. */
  readonly signer: string | undefined;
  readonly owners: readonly string[];
  readonly keys: PartKeys;
  readonly nowMs: number;
}

/** Whose approvals count, and why the others do not. */
export interface CountedApprovals {
  /** Each once, in the order of the approvals. */
  readonly approvedBy: readonly string[];
  readonly refused: readonly string[];
}

/**
 * Counts approvals: by owners, over exactly this bundle and digest, by valid keys, one of each person; the author’s and the
 * signer’s do not count. Who is who is told by `personOf`, so that no other spelling makes two people of one.
 */
export async function countApprovals(
  approvals: readonly string[],
  rules: ApprovalRules,
): Promise<CountedApprovals> {
  const approvedBy = new Map<string, string>();
  const refused: string[] = [];
  for (const approval of approvals.slice(0, APPROVALS_MAX)) {
    const judged = await judge(approval, rules);
    if (judged.kind === 'refused') refused.push(judged.why);
    else if (approvedBy.has(personOf(judged.person))) refused.push(`${quoted(judged.person)} counts once`);
    else approvedBy.set(personOf(judged.person), judged.person);
  }
  return { approvedBy: [...approvedBy.values()], refused };
}

type Judged =
  | { readonly kind: 'counts'; readonly person: string }
  | { readonly kind: 'refused'; readonly why: string };

async function judge(approval: string, rules: ApprovalRules): Promise<Judged> {
  const refused = (why: string): Judged => ({ kind: 'refused', why });
  const id = keyIdOf(approval);
  const key = id === undefined ? undefined : rules.keys.get(id);
  if (id === undefined || key === undefined)
    return refused(`one is by ${id === undefined ? 'no named key' : `the unknown key ${quoted(id)}`}`);
  const statement = await statementOf(approval, key);
  if (statement === undefined) return refused(`one that names ${quoted(id)} is not by that key`);
  const { person } = key;
  const by = `the one of ${quoted(person)}`;
  const fault = keyFault(key, rules.nowMs);
  if (fault !== undefined) return refused(`the key ${quoted(id)} ${fault}`);
  if (statement.approver !== person) return refused(`${by} says it is by ${quoted(statement.approver)}`);
  if (statement.bundle !== rules.bundle) return refused(`${by} is for ${quoted(statement.bundle)}`);
  if (statement.digest !== rules.digest)
    return refused(`${by} is for other content, ${statement.digest.slice(0, 12)}`);
  if (!rules.owners.includes(person)) return refused(`${quoted(person)} is no owner`);
  if (personOf(person) === personOf(rules.author)) return refused(`${quoted(person)} is the author`);
  if (rules.signer !== undefined && personOf(person) === personOf(rules.signer))
    return refused(`${quoted(person)} holds the key that signed it`);
  return { kind: 'counts', person };
}

function keyIdOf(approval: string): string | undefined {
  try {
    const { kid } = decodeProtectedHeader(approval);
    return typeof kid === 'string' && kid !== '' ? kid : undefined;
  } catch {
    return undefined;
  }
}

async function statementOf(
  approval: string,
  { publicKey, algorithm }: PartKey,
): Promise<ApprovalStatement | undefined> {
  try {
    const { payload } = await compactVerify(approval, publicKey, { algorithms: [algorithm] });
    return Statement.safeParse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload))).data;
  } catch {
    return undefined;
  }
}
