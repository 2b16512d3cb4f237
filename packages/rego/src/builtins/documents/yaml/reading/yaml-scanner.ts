import { scanAnchor, scanDirective, scanTag } from './scan-names.ts';
import { scanBlockScalar, scanPlainScalar, scanQuotedScalar } from './scan-scalars.ts';
import { scannerError } from './scanner-error.ts';
import { isBlank, isBlankOrEnd, isBreak, type Mark, YamlSource } from './yaml-source.ts';
import type { Token, TokenKind } from './yaml-token.ts';

/** How deep collections may nest. */
const DEPTH_MAX = 10_000;
/** How far a key without a mark may be from its colon, in characters. */
const KEY_LENGTH_MAX = 1_024;
/** Tokens that are read ahead: it decides which of several errors a text has. */
const TOKENS_AHEAD = 2;
/** Tokens that have been taken before the queue is cleared of them. */
const TAKEN_KEPT_MAX = 4_096;

/** Where a key may have begun that only its colon would make one. */
interface PossibleKey {
  isPossible: boolean;
  readonly isRequired: boolean;
  readonly token: number;
  readonly mark: Mark;
}

const FLOW_TOKENS: ReadonlyMap<string, TokenKind> = new Map([
  ['[', 'flow_sequence_start'],
  ['{', 'flow_mapping_start'],
  [']', 'flow_sequence_end'],
  ['}', 'flow_mapping_end'],
]);

/** No plain scalar begins with these, apart from `-`, `?` and `:` before another character. */
const INDICATORS = '-?:,[]{}#&*!|>\'"%@`';

/** Reads a YAML text into tokens, in the order and with the errors of Go's `yaml.v3`. */
export class YamlScanner {
  readonly #source: YamlSource;
  readonly #tokens: Token[] = [];
  #head = 0;
  /** How many tokens were taken. */
  #taken = 0;
  #isStarted = false;
  /** Whether as many tokens are read ahead as the next one needs. */
  #isReady = false;
  #indent = -1;
  readonly #indents: number[] = [];
  #flowLevel = 0;
  #isKeyAllowed = true;
  /** One for each level of flow, and one for the block. */
  readonly #keys: PossibleKey[] = [];
  /** By the number of their first token: indices of keys. */
  readonly #keyOfToken = new Map<number, number>();

  constructor(text: string, checkLimits: () => void) {
    this.#source = new YamlSource(text, checkLimits);
  }

  /** The next token. @throws {YamlError} */
  peek(): Token {
    while (!this.#isReady) {
      this.#isReady = this.#hasEnough();
      if (!this.#isReady) this.#fetchNext();
    }
    return this.#tokens[this.#head] as Token;
  }

  /** Takes the next token, which was looked at before. */
  skip(): void {
    this.#isReady = false;
    this.#taken++;
    this.#head++;
    if (this.#head < TAKEN_KEPT_MAX || this.#head === this.#tokens.length) return;
    this.#tokens.splice(0, this.#head);
    this.#head = 0;
  }

  #hasEnough(): boolean {
    if (this.#head >= this.#tokens.length - TOKENS_AHEAD) return false;
    const key = this.#keyOfToken.get(this.#taken);
    return key === undefined || !this.#isStillPossible(this.#keys[key] as PossibleKey);
  }

  #fetchNext(): void {
    const source = this.#source;
    source.ensure(1);
    if (!this.#isStarted) {
      this.#isStarted = true;
      this.#keys.push({ isPossible: false, isRequired: false, token: 0, mark: source.mark });
      this.#add('stream_start', source.mark);
      return;
    }
    const before = source.mark;
    this.#skipToToken();
    this.#unroll(source.column, before);
    source.ensure(4);
    if (source.at(0) === 0) this.#endStream();
    else if (source.column === 0 && source.is('%')) this.#directive();
    else if (source.isDocumentIndicator()) this.#documentIndicator();
    else {
      this.#fetchToken(String.fromCodePoint(source.at(0)));
      if (this.#tokens.at(-1)?.kind !== 'block_entry') source.skipLineComment();
    }
  }

  #skipToToken(): void {
    const source = this.#source;
    for (;;) {
      source.ensure(1);
      source.skipByteOrderMark();
      source.ensure(1);
      const isTabAllowed = this.#flowLevel > 0 || !this.#isKeyAllowed;
      while (source.is(' ') || (isTabAllowed && source.is('\t'))) {
        source.skip();
        source.ensure(1);
      }
      if (source.is('#')) source.skipComments();
      if (!isBreak(source.at(0))) return;
      source.ensure(2);
      source.readBreak();
      if (this.#flowLevel === 0) this.#isKeyAllowed = true;
    }
  }

  #fetchToken(character: string): void {
    const next = this.#source.at(1);
    const isInFlow = this.#flowLevel > 0;
    const flow = FLOW_TOKENS.get(character);
    if (flow !== undefined) this.#flow(character, flow);
    else if (character === ',') this.#flowEntry();
    else if (character === '-' && isBlankOrEnd(next)) this.#blockEntry();
    else if (character === '?' && (isInFlow || isBlankOrEnd(next))) this.#key();
    else if (character === ':' && (isInFlow || isBlankOrEnd(next))) this.#value();
    else if (character === '*' || character === '&') {
      this.#node(() => scanAnchor(this.#source, character === '*' ? 'alias' : 'anchor'));
    } else if (character === '!') this.#node(() => scanTag(this.#source));
    else if ((character === '|' || character === '>') && !isInFlow) this.#blockScalar(character === '|');
    else if (character === "'" || character === '"')
      this.#node(() => scanQuotedScalar(this.#source, character));
    else if (this.#beginsPlain(character, next)) this.#plainScalar();
    else throw scannerError(this.#source, this.#source.mark, 'found character that cannot start any token');
  }

  #beginsPlain(character: string, next: number): boolean {
    if (!isBlankOrEnd(this.#source.at(0)) && !INDICATORS.includes(character)) return true;
    if (character === '-') return !isBlank(next);
    return this.#flowLevel === 0 && (character === '?' || character === ':') && !isBlankOrEnd(next);
  }

  #endStream(): void {
    this.#source.endLine();
    this.#unroll(-1, this.#source.mark);
    this.#removeKey();
    this.#isKeyAllowed = false;
    this.#add('stream_end', this.#source.mark);
  }

  #directive(): void {
    this.#unroll(-1, this.#source.mark);
    this.#removeKey();
    this.#isKeyAllowed = false;
    this.#tokens.push(scanDirective(this.#source));
  }

  #documentIndicator(): void {
    this.#unroll(-1, this.#source.mark);
    this.#removeKey();
    this.#isKeyAllowed = false;
    const kind = this.#source.is('-') ? 'document_start' : 'document_end';
    this.#indicator(kind, 3);
  }

  #flow(character: string, kind: TokenKind): void {
    if (character === '[' || character === '{') {
      this.#saveKey();
      this.#openFlow();
      this.#isKeyAllowed = true;
    } else {
      this.#removeKey();
      this.#closeFlow();
      this.#isKeyAllowed = false;
    }
    this.#indicator(kind, 1);
  }

  #flowEntry(): void {
    this.#removeKey();
    this.#isKeyAllowed = true;
    this.#indicator('flow_entry', 1);
  }

  #blockEntry(): void {
    if (this.#flowLevel === 0) {
      this.#demandKeyAllowed('block sequence entries are not allowed in this context');
      this.#roll('block_sequence_start', this.#source.mark);
    }
    this.#removeKey();
    this.#isKeyAllowed = true;
    this.#indicator('block_entry', 1);
  }

  #key(): void {
    if (this.#flowLevel === 0) {
      this.#demandKeyAllowed('mapping keys are not allowed in this context');
      this.#roll('block_mapping_start', this.#source.mark);
    }
    this.#removeKey();
    this.#isKeyAllowed = this.#flowLevel === 0;
    this.#indicator('key', 1);
  }

  #value(): void {
    const key = this.#keys.at(-1) as PossibleKey;
    if (this.#isStillPossible(key)) {
      this.#insert({ kind: 'key', start: key.mark, end: key.mark }, key.token);
      this.#roll('block_mapping_start', key.mark, key.token);
      key.isPossible = false;
      this.#keyOfToken.delete(key.token);
      this.#isKeyAllowed = false;
    } else {
      if (this.#flowLevel === 0) {
        this.#demandKeyAllowed('mapping values are not allowed in this context');
        this.#roll('block_mapping_start', this.#source.mark);
      }
      this.#isKeyAllowed = this.#flowLevel === 0;
    }
    this.#indicator('value', 1);
  }

  #demandKeyAllowed(problem: string): void {
    if (!this.#isKeyAllowed) throw scannerError(this.#source, this.#source.mark, problem);
  }

  /** What may be a key, or the beginning of one. */
  #node(scan: () => Token): void {
    this.#saveKey();
    this.#isKeyAllowed = false;
    this.#tokens.push(scan());
  }

  #blockScalar(isLiteral: boolean): void {
    this.#removeKey();
    this.#isKeyAllowed = true;
    this.#tokens.push(scanBlockScalar(this.#source, isLiteral, { indent: this.#indent, isInFlow: false }));
  }

  #plainScalar(): void {
    this.#saveKey();
    this.#isKeyAllowed = false;
    const context = { indent: this.#indent, isInFlow: this.#flowLevel > 0 };
    const [token, tookBreak] = scanPlainScalar(this.#source, context);
    if (tookBreak) this.#isKeyAllowed = true;
    this.#tokens.push(token);
  }

  #indicator(kind: TokenKind, length: number): void {
    const start = this.#source.mark;
    for (let count = 0; count < length; count++) this.#source.skip();
    this.#tokens.push({ kind, start, end: this.#source.mark });
  }

  #isStillPossible(key: PossibleKey): boolean {
    if (!key.isPossible) return false;
    const { line, index } = this.#source;
    if (key.mark.line >= line && key.mark.index + KEY_LENGTH_MAX >= index) return true;
    if (key.isRequired) throw scannerError(this.#source, key.mark, "could not find expected ':'");
    key.isPossible = false;
    return false;
  }

  #saveKey(): void {
    if (!this.#isKeyAllowed) return;
    const { mark } = this.#source;
    const isRequired = this.#flowLevel === 0 && this.#indent === mark.column;
    const token = this.#nextNumber();
    this.#removeKey();
    this.#keys[this.#keys.length - 1] = { isPossible: true, isRequired, token, mark };
    this.#keyOfToken.set(token, this.#keys.length - 1);
  }

  #removeKey(): void {
    const key = this.#keys.at(-1) as PossibleKey;
    if (!key.isPossible) return;
    if (key.isRequired) throw scannerError(this.#source, key.mark, "could not find expected ':'");
    key.isPossible = false;
    this.#keyOfToken.delete(key.token);
  }

  #nextNumber(): number {
    return this.#taken + this.#tokens.length - this.#head;
  }

  #openFlow(): void {
    const { mark } = this.#source;
    this.#keys.push({ isPossible: false, isRequired: false, token: this.#nextNumber(), mark });
    this.#flowLevel++;
    if (this.#flowLevel > DEPTH_MAX)
      throw scannerError(this.#source, mark, `exceeded max depth of ${DEPTH_MAX}`);
  }

  #closeFlow(): void {
    if (this.#flowLevel === 0) return;
    this.#flowLevel--;
    this.#keyOfToken.delete((this.#keys.pop() as PossibleKey).token);
  }

  /** Opens a block where the column is further than that of the block around it. */
  #roll(kind: TokenKind, mark: Mark, number = -1): void {
    if (this.#flowLevel > 0 || this.#indent >= mark.column) return;
    this.#indents.push(this.#indent);
    this.#indent = mark.column;
    if (this.#indents.length > DEPTH_MAX) {
      throw scannerError(
        this.#source,
        (this.#keys.at(-1) as PossibleKey).mark,
        `exceeded max depth of ${DEPTH_MAX}`,
      );
    }
    this.#insert({ kind, start: mark, end: mark }, number);
  }

  /** Closes the blocks that the column is in front of. */
  #unroll(column: number, mark: Mark): void {
    if (this.#flowLevel > 0) return;
    while (this.#indent > column) {
      this.#add('block_end', mark);
      this.#indent = this.#indents.pop() as number;
    }
  }

  #add(kind: TokenKind, mark: Mark): void {
    this.#tokens.push({ kind, start: mark, end: mark });
  }

  /** Puts a token before the one of the given number, or last where that was taken. */
  #insert(token: Token, number: number): void {
    if (number < this.#taken) this.#tokens.push(token);
    else this.#tokens.splice(this.#head + number - this.#taken, 0, token);
  }
}
