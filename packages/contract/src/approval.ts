import { z } from 'zod';
import { Digest, Timestamp } from './values.ts';

/** How far one approval reaches. */
export const ApprovalScope = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('once') }),
  z.strictObject({ kind: z.literal('conversation'), conversation_id: z.string().min(1) }),
  z.strictObject({ kind: z.literal('window'), until: Timestamp }),
]);

/**
 * A person's answer to `approval_required`, bound to a digest of agent, user, server, target, canonical arguments, tool
 * definition and asking rules. Whoever asked is never among those who approved.
 */
export const Approval = z.strictObject({
  id: z.string().min(1),
  call_digest: Digest,
  rules: z.array(z.string()).min(1),
  requested_by: z.strictObject({ agent: z.string().min(1), user: z.string() }),
  approved_by: z.array(z.string()).min(1),
  scope: ApprovalScope,
  granted_at: Timestamp,
  expires_at: Timestamp,
});
export type Approval = z.infer<typeof Approval>;

/** What the answer says about waiting for one. */
export const ApprovalRequest = z.strictObject({
  id: z.string().min(1),
  approvers: z.array(z.string()),
  expires_at: Timestamp,
  how_to_wait: z.string().min(1),
});
export type ApprovalRequest = z.infer<typeof ApprovalRequest>;
