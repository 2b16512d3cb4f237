import { hash } from 'node:crypto';
import { type EntryText, entryBeginning } from './entry.ts';

/** The hash before the first entry. */
export const GENESIS = Buffer.alloc(32);

const HASH_BYTES = GENESIS.length;

/**
 * First byte of what is hashed: keeps hashes of entries apart from hashes of anything else that may be chained or
 * signed.
 */
const ENTRY_BYTE = 0x00;

/** `SHA-256(0x00 ‖ previous ‖ document)` over the document’s UTF-8 bytes. */
export function entryHash(previous: Uint8Array, document: string): Buffer {
  const bytes = Buffer.allocUnsafe(1 + HASH_BYTES + Buffer.byteLength(document));
  bytes[0] = ENTRY_BYTE;
  bytes.set(previous, 1);
  bytes.write(document, 1 + HASH_BYTES);
  return hash('sha256', bytes, 'buffer');
}

/** One entry with its place in the chain. */
export interface ChainedEntry extends EntryText {
  /** Counts from 1 without gaps; never used twice. */
  readonly seq: number;
  readonly hash: Uint8Array;
}

/** The place up to which a chain was followed. */
export interface ChainPosition {
  readonly seq: number;
  readonly hash: Uint8Array;
}

export const CHAIN_START: ChainPosition = { seq: 0, hash: GENESIS };

/** The first entry that does not belong where it stands, and why. */
export interface ChainBreak {
  readonly seq: number;
  readonly detail: string;
}

/** Follows one link. Gives the new position, or what is wrong with the entry. */
export function followLink(from: ChainPosition, entry: ChainedEntry): ChainPosition | ChainBreak {
  const seq = from.seq + 1;
  if (entry.seq !== seq) {
    const missing = entry.seq - seq;
    return {
      seq,
      detail: missing === 1 ? `Entry ${seq} is missing.` : `${missing} entries from ${seq} on are missing.`,
    };
  }
  if (!entry.document.startsWith(entryBeginning(entry))) {
    return { seq, detail: `Entry ${seq} is filed under an id, kind or time that its text does not have.` };
  }
  const hash = entryHash(from.hash, entry.document);
  if (!hash.equals(entry.hash))
    return { seq, detail: `Entry ${seq} does not have the hash that its text and the entry before it give.` };
  return { seq, hash };
}
