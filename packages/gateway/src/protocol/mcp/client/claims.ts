/** Longest claim of a client or server about itself that is kept, in UTF-16 units. */
const CLAIM_LENGTH_MAX = 128;

/** What a client or server says of itself, as it may be kept and told: short and well-formed; empty for anything else. */
export function claimOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, CLAIM_LENGTH_MAX).toWellFormed() : '';
}
