import { hash } from 'node:crypto';
import type { FilterField } from '../../../record/reader.ts';

/**
 * Bits of a latency in microseconds: up to 67 s. What took longer counts as that long. The terms below this number
 * are these bits, the lowest first, each true of the records whose latency has it set: side by side, so that a
 * block’s are read at once.
 */
export const LATENCY_BITS = 26;
const LATENCY_MAX = 2 ** LATENCY_BITS - 1;

/** Terms of one kind whose numbers are kept at hand. */
const KNOWN_MAX = 10_000;

/**
 * Numbers of terms: 52 bits of a hash of their kind and value, so that there is no dictionary to keep. Among a
 * million terms the chance that any two are the same number is one in nine thousand; that would show a record where
 * it does not belong, and hide none.
 */
export class Terms {
  readonly #known = new Map<string, Map<string, number>>();

  /** True of every record that is listed. */
  entry(): number {
    return this.#term('entry', '');
  }

  field(field: FilterField, value: string): number {
    return this.#term(field, value);
  }

  word(word: string): number {
    return this.#term('word', word);
  }

  #term(kind: string, value: string): number {
    let known = this.#known.get(kind);
    if (known === undefined) {
      known = new Map();
      this.#known.set(kind, known);
    }
    let term = known.get(value);
    if (term === undefined) {
      term = LATENCY_BITS + Number.parseInt(hash('sha256', `${kind}\0${value}`, 'hex').slice(0, 13), 16);
      if (known.size >= KNOWN_MAX) known.clear();
      known.set(value, term);
    }
    return term;
  }
}

/** Terms of the bits that are set in a latency. */
export function latencyTerms(us: number): number[] {
  const terms: number[] = [];
  for (let bit = 0; bit < LATENCY_BITS; bit += 1) if ((us >>> bit) & 1) terms.push(bit);
  return terms;
}

/** A latency in microseconds as it is indexed and compared. */
export function latencyUs(latencyMs: number): number {
  return Math.min(LATENCY_MAX, Math.max(0, Math.round(latencyMs * 1_000)));
}
