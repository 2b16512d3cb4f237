/** A place in a YAML text. Lines and columns count from 0, in characters. */
export interface Mark {
  readonly index: number;
  readonly line: number;
  readonly column: number;
}

/** What is wrong with a YAML text, in the words of Go's `yaml.v3`. */
export class YamlError extends Error {
  override readonly name = 'YamlError';
}

/** Bytes that the reader of `yaml.v3` takes in at a time, and characters that it looks ahead for a comment. */
const CHUNK_BYTES = 512;

const TAB = 0x09;
const SPACE = 0x20;
const HASH = 0x23;
const BYTE_ORDER_MARK = 0xfeff;

/** The characters of a YAML text and how far they are read. The end is a character 0, which no text has. */
export class YamlSource {
  readonly #characters: Uint32Array;
  readonly #checkLimits: () => void;
  /** The first character that is not allowed; past the end where all are. */
  readonly #badIndex: number;
  /** Where the parts end that the reader takes in at a time. */
  readonly #chunkEnds: readonly number[];
  #chunksRead = 0;
  /** How many characters were taken in, the end being one at each attempt to read on. */
  #decoded = 0;
  /** What was read next when the reader took in more last. */
  #bufferStart = 0;
  #index = 0;
  #line = 0;
  #column = 0;
  /** Line breaks read since the last character that is neither one nor blank. */
  #newLines = 0;

  /** @param checkLimits called for each part that the reader takes in. */
  constructor(text: string, checkLimits: () => void) {
    this.#checkLimits = checkLimits;
    const characters = Uint32Array.from(text, (character) => character.codePointAt(0) as number);
    const isMarked = characters[0] === BYTE_ORDER_MARK;
    this.#characters = isMarked ? characters.subarray(1) : characters;
    const badIndex = this.#characters.findIndex((character) => !isAllowed(character));
    this.#badIndex = badIndex < 0 ? Number.POSITIVE_INFINITY : badIndex;
    this.#chunkEnds = chunkEndsOf(this.#characters, isMarked ? 3 : 0);
  }

  get mark(): Mark {
    return { index: this.#index, line: this.#line, column: this.#column };
  }

  get index(): number {
    return this.#index;
  }

  get line(): number {
    return this.#line;
  }

  get column(): number {
    return this.#column;
  }

  /** The character so many ahead; 0 past the end. */
  at(ahead: number): number {
    return this.#characters[this.#index + ahead] ?? 0;
  }

  /** Whether the next character is the given one. */
  is(character: string): boolean {
    return this.at(0) === character.charCodeAt(0);
  }

  /**
   * Asks for so many characters, as `yaml.v3` does: when it takes in more shows.
   * @throws {YamlError} when one of what is taken in is not allowed.
   */
  ensure(count: number): void {
    if (this.#decoded - this.#index >= count) return;
    this.#bufferStart = this.#index;
    while (this.#decoded - this.#index < count) {
      this.#checkLimits();
      const end = this.#chunkEnds[this.#chunksRead];
      if (end === undefined) {
        this.#decoded++;
        return;
      }
      this.#chunksRead++;
      this.#decoded = end;
      if (this.#badIndex < end) throw new YamlError('yaml: control characters are not allowed');
    }
  }

  /** At the beginning of a line `yaml.v3` looks for a byte order mark, but where its buffer begins. */
  skipByteOrderMark(): void {
    if (this.#column === 0 && this.#characters[this.#bufferStart] === BYTE_ORDER_MARK) this.skip();
  }

  /** Reads a character that is no line break. */
  skip(): void {
    if (!isBlank(this.at(0))) this.#newLines = 0;
    this.#index++;
    this.#column++;
  }

  /** Reads a character that is no line break. @returns it. */
  read(): string {
    const character = this.at(0);
    this.skip();
    return String.fromCodePoint(character);
  }

  /** Reads a line break, if there is one. @returns it, as a YAML text stands for it. */
  readBreak(): string {
    const character = this.at(0);
    if (!isBreak(character)) return '';
    this.#index += character === 0x0d && this.at(1) === 0x0a ? 2 : 1;
    this.#line++;
    this.#column = 0;
    this.#newLines++;
    return character === 0x2028 || character === 0x2029 ? String.fromCodePoint(character) : '\n';
  }

  skipBlanks(): void {
    this.ensure(1);
    while (isBlank(this.at(0))) {
      this.skip();
      this.ensure(1);
    }
  }

  skipToBreak(): void {
    while (!isBreakOrEnd(this.at(0))) {
      this.skip();
      this.ensure(1);
    }
  }

  /** Where the text ends a line without a break, another one begins. */
  endLine(): void {
    if (this.#column === 0) return;
    this.#column = 0;
    this.#line++;
  }

  /** A comment behind what was read last, unless that took line breaks with it. */
  skipLineComment(): void {
    if (this.#newLines > 0) return;
    for (let ahead = 0; ahead < CHUNK_BYTES; ahead++) {
      this.ensure(ahead + 1);
      const character = this.at(ahead);
      if (isBlank(character)) continue;
      if (character === HASH) this.#skipComment(ahead);
      return;
    }
  }

  /** Comments one below the other, with the lines between them, up to the break behind the last. */
  skipComments(): void {
    for (let ahead = 0; ahead < CHUNK_BYTES; ahead++) {
      this.ensure(ahead + 1);
      const character = this.at(ahead);
      if (isBlank(character) || isAsciiBreak(character)) continue;
      if (character !== HASH) return;
      this.#skipComment(ahead);
      if (!isAsciiBreak(this.at(0))) return;
      ahead = 0;
    }
  }

  #skipComment(ahead: number): void {
    const start = this.#index + ahead;
    for (;;) {
      this.ensure(1);
      if (!isBreakOrEnd(this.at(0))) this.skip();
      else if (this.#index >= start) return;
      else this.readBreak();
    }
  }

  /** Whether a line begins with `---` or `...` alone. */
  isDocumentIndicator(): boolean {
    const first = this.at(0);
    if (this.#column !== 0 || (first !== 0x2d && first !== 0x2e)) return false;
    return this.at(1) === first && this.at(2) === first && isBlankOrEnd(this.at(3));
  }
}

export function isBlank(character: number): boolean {
  return character === SPACE || character === TAB;
}

export function isBreak(character: number): boolean {
  return isAsciiBreak(character) || character === 0x85 || character === 0x2028 || character === 0x2029;
}

export function isBreakOrEnd(character: number): boolean {
  return character === 0 || isBreak(character);
}

/** Whether a character is blank, a line break or the end. */
export function isBlankOrEnd(character: number): boolean {
  return isBlank(character) || isBreakOrEnd(character);
}

/** What names of anchors, handles and directives are of. */
export function isNameCharacter(character: number): boolean {
  return character < 0x80 && /[\w-]/.test(String.fromCharCode(character));
}

/** The value of a digit in the base given, or -1. */
export function digitOf(character: number, base: 10 | 16): number {
  const text = character < 0x80 ? String.fromCharCode(character) : '';
  return (base === 10 ? /^\d$/ : /^[\da-fA-F]$/).test(text) ? Number.parseInt(text, base) : -1;
}

function isAsciiBreak(character: number): boolean {
  return character === 0x0a || character === 0x0d;
}

function isAllowed(character: number): boolean {
  if (character < 0x20) return character === TAB || isAsciiBreak(character);
  if (character < 0xa0) return character <= 0x7e || character === 0x85;
  return character !== 0xfffe && character !== 0xffff;
}

/** @param offset bytes that were read before the first character. */
function chunkEndsOf(characters: Uint32Array, offset: number): readonly number[] {
  const ends: number[] = [];
  let bytes = offset;
  for (let index = 0; index < characters.length; index++) {
    const width = widthOf(characters[index] as number);
    if (bytes + width > CHUNK_BYTES) {
      ends.push(index);
      bytes = 0;
    }
    bytes += width;
  }
  if (characters.length > 0) ends.push(characters.length);
  return ends;
}

/** The bytes of a character in UTF-8. */
function widthOf(character: number): number {
  if (character < 0x80) return 1;
  return character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
}
