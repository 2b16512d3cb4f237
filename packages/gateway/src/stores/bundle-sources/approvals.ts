import { z } from 'zod';
import { unavailable } from './unavailable.ts';

/** Longest list of approvals, in bytes: an owner’s statement has some hundreds. */
export const APPROVALS_BYTES_MAX = 65_536;

/** What the list of a bundle that is one file is called: that file’s name and this. */
export const APPROVALS_SUFFIX = '.approvals.json';

const APPROVALS_MAX = 64;

const Approvals = z
  .array(
    z
      .string()
      .max(16_384)
      .regex(/^[\w-]+\.[\w-]+\.[\w-]+$/),
  )
  .max(APPROVALS_MAX);

/**
 * Approvals from the text of a JSON list of compact JWS. `where` names the list for people.
 * @throws Failure `bundle_unavailable`: a list that cannot be read is not an empty one, or who damages it could take approvals back.
 */
export function approvalsFrom(text: string, where: string): readonly string[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = undefined;
  }
  const approvals = Approvals.safeParse(parsed);
  if (approvals.success) return approvals.data;
  throw unavailable(
    `${where} is no list of approvals.`,
    `Make it a JSON array of at most ${APPROVALS_MAX} compact JWS, or take it away.`,
  );
}
