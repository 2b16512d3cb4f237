import { endOfLiteral, endOfNumber, endOfText, OPEN_ENDED, pieceOf } from './tokens.ts';

/** Where one member stands in the text: the quotes of its key, and its value. In bytes. */
export interface ScannedMember {
  readonly keyStart: number;
  /** Just behind the key’s closing quote. */
  readonly keyEnd: number;
  readonly start: number;
  readonly end: number;
  /** 1 for members of the object itself, 2 for those of an object that is the value of such a member. */
  readonly depth: number;
}

/** Members that are told; an object that has more is not scanned to its end. */
export const SCANNED_MEMBERS_MAX = 64;

/** Levels whose members are told. */
const TOLD_DEPTH_MAX = 2;

/** A number, a literal or an escape that goes on in the next piece; a longer one is not scanned to its end. */
const CARRIED_BYTES_MAX = 1_024;

/** What comes next. */
const EXPECT_VALUE = 0;
const EXPECT_FIRST_VALUE = 1;
const IN_TEXT = 2;
const EXPECT_COLON = 3;
const AFTER_VALUE = 4;
const EXPECT_KEY = 5;
const EXPECT_FIRST_KEY = 6;
const DONE = 7;

const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const SMALL_A = 0x61;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const NOTHING = new Uint8Array();

/**
 * Judges whether bytes are the text of one JSON object (RFC 8259), piece by piece as they come, and tells where its members and
 * those of its objects stand. It takes nothing that `JSON.parse` does not; whether the bytes are UTF-8 is for others to say.
 */
export class ObjectScanner {
  readonly #depthMax: number;
  /** By level: 1 for an object, 0 for an array. */
  readonly #kinds: Uint8Array;
  readonly #members: ScannedMember[] = [];
  /** The members that are not at their end yet, by level. */
  readonly #open = Array.from({ length: TOLD_DEPTH_MAX + 1 }, () => ({ keyStart: 0, keyEnd: 0, start: 0 }));
  #state: number = EXPECT_VALUE;
  #depth = 0;
  /** Whether the text under way is a key. */
  #isKey = false;
  #hasFailed = false;
  /** What could not be judged without the next piece. */
  #carried: Uint8Array = NOTHING;
  /** Bytes before the piece under way. */
  #before = 0;

  /** `depthMax`: levels of objects and arrays within each other. */
  constructor({ depthMax }: { readonly depthMax: number }) {
    this.#depthMax = depthMax;
    this.#kinds = new Uint8Array(depthMax + 1);
  }

  /** Members in the order in which they end. */
  get members(): readonly ScannedMember[] {
    return this.#members;
  }

  /** Whether what was scanned is one whole object. */
  get isWhole(): boolean {
    return this.#state === DONE && !this.#hasFailed;
  }

  /** Scans the next piece. False when it can be no such object any more, or has too many levels or members. */
  scan(next: Uint8Array): boolean {
    if (this.#hasFailed) return false;
    const piece = this.#carried.length === 0 ? next : joined(this.#carried, next);
    const end = this.#walk(piece);
    this.#carried = end < 0 || end === piece.length ? NOTHING : piece.slice(end);
    this.#before += Math.max(end, 0);
    this.#hasFailed ||= end < 0 || this.#carried.length > CARRIED_BYTES_MAX;
    return !this.#hasFailed;
  }

  /** How far it could be judged; negative for what is no such object. State is kept in variables on the way, for speed. */
  #walk(whole: Uint8Array): number {
    const inWords = pieceOf(whole);
    const { bytes: piece, length } = inWords;
    const kinds = this.#kinds;
    let state = this.#state;
    let depth = this.#depth;
    let isObject = kinds[depth] === 1;
    let at = 0;
    while (at < length) {
      const byte = piece[at] ?? 0;
      if (state === IN_TEXT) {
        at = endOfText(inWords, at);
        if (at < 0 || at >= length || piece[at] !== QUOTE) break; // An escape may be cut off.
        at += 1;
        state = this.#isKey ? EXPECT_COLON : AFTER_VALUE;
        if (depth <= TOLD_DEPTH_MAX) this.#told(state, depth, at);
      } else if (byte <= SPACE) {
        if (byte !== SPACE && byte !== LINE_FEED && byte !== CARRIAGE_RETURN && byte !== TAB) return -1;
        at += 1;
      } else if (state >= EXPECT_KEY) {
        if (byte === QUOTE && state !== DONE) {
          if (depth <= TOLD_DEPTH_MAX) this.#opened(depth).keyStart = this.#before + at;
          this.#isKey = true;
          state = IN_TEXT;
          at += 1;
        } else if (byte === CLOSE_BRACE && state === EXPECT_FIRST_KEY) state = AFTER_VALUE;
        else return -1;
      } else if (state === EXPECT_COLON) {
        if (byte !== COLON) return -1;
        state = EXPECT_VALUE;
        at += 1;
      } else if (state === AFTER_VALUE) {
        at += 1;
        if (byte === COMMA) state = isObject ? EXPECT_KEY : EXPECT_VALUE;
        else if (byte !== (isObject ? CLOSE_BRACE : CLOSE_BRACKET)) return -1;
        else {
          depth -= 1;
          isObject = kinds[depth] === 1;
          if (depth <= TOLD_DEPTH_MAX) this.#told(state, depth, at);
          if (depth === 0) state = DONE;
        }
      } else if (byte === CLOSE_BRACKET && state === EXPECT_FIRST_VALUE) state = AFTER_VALUE;
      else {
        if (depth <= TOLD_DEPTH_MAX) this.#opened(depth).start = this.#before + at;
        if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
          isObject = byte === OPEN_BRACE;
          if (depth === this.#depthMax || (depth === 0 && !isObject)) return -1;
          depth += 1;
          kinds[depth] = isObject ? 1 : 0;
          state = isObject ? EXPECT_FIRST_KEY : EXPECT_FIRST_VALUE;
          at += 1;
        } else if (depth === 0) return -1;
        else if (byte === QUOTE) {
          this.#isKey = false;
          state = IN_TEXT;
          at += 1;
        } else {
          const end = byte >= SMALL_A ? endOfLiteral(piece, at) : endOfNumber(piece, at);
          if (end === OPEN_ENDED) break;
          if (end < 0) return -1;
          at = end;
          state = AFTER_VALUE;
          if (depth <= TOLD_DEPTH_MAX) this.#told(state, depth, at);
        }
      }
    }
    this.#state = state;
    this.#depth = depth;
    return at;
  }

  /** A key or a value ends before `at`. */
  #told(state: number, depth: number, at: number): void {
    const opened = this.#opened(depth);
    const end = this.#before + at;
    if (state === EXPECT_COLON) opened.keyEnd = end;
    else if (this.#kinds[depth] === 1) {
      this.#members.push({ ...opened, end, depth });
      this.#hasFailed ||= this.#members.length > SCANNED_MEMBERS_MAX;
    }
  }

  #opened(depth: number): { keyStart: number; keyEnd: number; start: number } {
    const opened = this.#open[depth];
    if (opened === undefined) throw new Error('members of this level are not told');
    return opened;
  }
}

function joined(carried: Uint8Array, next: Uint8Array): Uint8Array {
  const piece = new Uint8Array(carried.length + next.length);
  piece.set(carried);
  piece.set(next, carried.length);
  return piece;
}
