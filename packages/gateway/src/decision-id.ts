import { randomUUID } from 'node:crypto';

/**
 * An id that nobody can guess and that sorts by the time it was made: UUID version 7 (RFC 9562, 5.7), 74 random bits behind
 * the milliseconds since 1970. Ids made one after the other stand together in the record’s index, which costs the disk a
 * fraction of what ids all over it do.
 */
export function newDecisionId(nowMs: number): string {
  const random = randomUUID();
  const time = Math.max(0, Math.floor(nowMs)).toString(16).padStart(12, '0').slice(-12);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(15)}`;
}
