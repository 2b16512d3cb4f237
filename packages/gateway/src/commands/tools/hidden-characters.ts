/** Something in a text that its reader does not see, or sees as something else. */
export interface HiddenText {
  readonly kind:
    | 'control'
    | 'zero_width'
    | 'bidirectional'
    | 'invisible'
    | 'odd_space'
    | 'look_alike'
    | 'padding';
  /** As `U+200B`, or the word in question. */
  readonly what: string;
}

/** Findings of one text; a text that is full of them needs no more to be refused. */
const FOUND_MAX = 20;

const BIDIRECTIONAL = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const ZERO_WIDTH = /\u034f|\u200d|[\u00ad\u180e\u200b\u200c\u2060-\u2064\ufeff]/u;
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|[\p{Zs}--[ ]]/v;
const EACH_HIDDEN = new RegExp(HIDDEN.source, 'gv');

/** Spaces in a row, or empty lines, that move what follows out of sight. */
const PADDING = /[^\S\n]{40,}|\n{8,}/u;

/** Letters of other scripts that look like Latin ones. */
const LOOK_ALIKES = /^[аеорсухіјѕһԁԛԝɡАВЕКМНОРСТХУІЈЅԌԚԜαορνυικΑΒΕΖΗΙΚΜΝΟΡΤΥΧօոսցһⅼ]+$/u;

/** Text that a terminal shows as it is: whatever hides or steers is written out as `\u{202e}`, line feeds too. */
export function shown(text: string): string {
  return text.replace(EACH_HIDDEN, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** The same, with the letters of words that look like other words written out as well. */
export function unmasked(text: string): string {
  let plain = text;
  for (const word of wordsThatLookLikeOthers(text)) plain = plain.replaceAll(word, spelled(word));
  return shown(plain);
}

/** A word with every letter that is not ASCII written out. */
export function spelled(word: string): string {
  return word.replace(/[^\x20-\x7e]/gu, (letter) => `\\u{${letter.codePointAt(0)?.toString(16)}}`);
}

/** What a reader of a text would miss, each once, in the order of the text. */
export function hiddenIn(text: string): HiddenText[] {
  const found = new Map<string, HiddenText>();
  const add = (kind: HiddenText['kind'], what: string) => found.set(`${kind} ${what}`, { kind, what });
  for (const [character] of text.matchAll(EACH_HIDDEN)) {
    if (character !== '\n' && character !== '\t') add(kindOf(character), codeOf(character));
    if (found.size >= FOUND_MAX) break;
  }
  if (PADDING.test(text)) add('padding', 'a run of blanks');
  for (const word of wordsThatLookLikeOthers(text)) add('look_alike', word);
  return [...found.values()].slice(0, FOUND_MAX);
}

function kindOf(character: string): HiddenText['kind'] {
  if (BIDIRECTIONAL.test(character)) return 'bidirectional';
  if (ZERO_WIDTH.test(character)) return 'zero_width';
  if (/\p{Cc}/u.test(character)) return 'control';
  return /\p{Z}/u.test(character) ? 'odd_space' : 'invisible';
}

function codeOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** Words of letters of several scripts, and words that are written in another script’s letters although Latin ones look the same. */
function* wordsThatLookLikeOthers(text: string): Generator<string> {
  const isLatin = /\p{Script=Latin}/u.test(text);
  for (const [word] of text.matchAll(/[\p{L}\p{M}]+/gu)) {
    const isMixed =
      /\p{Script=Latin}/u.test(word) && /[\p{L}--[\p{Script=Latin}\p{Script=Common}]]/v.test(word);
    if (isMixed || (isLatin && LOOK_ALIKES.test(word))) yield word;
  }
}
