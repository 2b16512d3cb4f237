import type { YAMLError } from 'yaml';
import { SUSPICIONS } from './line-mistakes.ts';
import { parseYaml, type StrictYaml } from './strict-yaml.ts';

/** What keeps a text from being YAML, and how it is mended. */
export interface YamlMistake {
  /** 1-based. */
  readonly row: number;
  readonly detail: string;
  readonly mend: string;
}

/** Texts longer than this are told in the parser’s words: what an author writes by hand is shorter. */
const TEXT_MAX = 65_536;
/** Mistakes of one text that are told in plain words. */
const MISTAKES_MAX = 20;
/** Parsers notice a mistake where they cannot go on, often some rows after it is made. */
const ROWS_BACK_MAX = 30;
const ROWS_ON_MAX = 2;

/**
 * What is wrong with a text that is no YAML. Each usual mistake is tried: where the row, read as it may be meant, lets the parser get
 * further, that is what was wrong, and the rest is judged as if it were mended. What none explains is told in the parser’s words.
 */
export function yamlMistakes(text: string, parsed: StrictYaml = parseYaml(text)): YamlMistake[] {
  const mistakes: YamlMistake[] = [];
  let lines = text.split(/\r?\n/);
  let left = parsed;
  while (hasErrors(left) && mistakes.length < MISTAKES_MAX && text.length <= TEXT_MAX) {
    const found = likeliest(lines, left);
    if (found === undefined) break;
    const [error] = left.document.errors;
    const said = error === undefined ? '' : ` (The parser: ${sentence(error.message)})`;
    mistakes.push({ row: found.at + 1, detail: `${found.detail}${said}`, mend: found.mend });
    lines = found.lines;
    left = found.parsed;
  }
  return [...mistakes, ...saidOf(left)];
}

/** The first line of a text, with a full stop. */
export function sentence(text: string): string {
  const line = text.split('\n')[0] ?? text;
  return /[.!?]$/.test(line) ? line : `${line}.`;
}

interface Explained extends Omit<YamlMistake, 'row'> {
  readonly at: number;
  readonly lines: string[];
  readonly parsed: StrictYaml;
}

function likeliest(lines: readonly string[], parsed: StrictYaml): Explained | undefined {
  const wrongAt = firstErrorAt(parsed);
  const rows = [...rowsNear(wrongAt, lines.length)];
  let best: Explained | undefined;
  for (const suspicion of SUSPICIONS)
    for (const at of rows)
      for (const { rows: meant, detail, mend } of suspicion({ lines, at })) {
        const mended = lines.toSpliced(at, meant.length, ...meant);
        const after = parseYaml(mended.join('\n'));
        const further = firstErrorAt(after);
        const one = { at, detail, mend, lines: mended, parsed: after };
        if (further === Number.POSITIVE_INFINITY) return one;
        if (further > Math.max(wrongAt, at)) best ??= one;
      }
  return best;
}

/** The row itself, those after it, then those before it. From 0. */
function* rowsNear(at: number, count: number): Generator<number> {
  for (let row = at; row <= Math.min(count - 1, at + ROWS_ON_MAX); row += 1) yield row;
  for (let row = at - 1; row >= Math.max(0, at - ROWS_BACK_MAX); row -= 1) yield row;
}

/** Row of the first error, from 0; infinite where there is none. */
function firstErrorAt({ document, rowOf }: StrictYaml): number {
  const rows = document.errors.filter(isOfSyntax).map(({ pos }) => rowOf(pos[0]) - 1);
  return rows.length === 0 ? Number.POSITIVE_INFINITY : Math.min(...rows);
}

function hasErrors({ document }: StrictYaml): boolean {
  return document.errors.some(isOfSyntax);
}

/** What another reader would take for something else has a row and a cause of its own already. */
function isOfSyntax({ code }: YAMLError): boolean {
  return code !== 'DUPLICATE_KEY' && code !== 'NON_STRING_KEY' && code !== 'MULTIPLE_DOCS';
}

function saidOf({ document, rowOf }: StrictYaml): YamlMistake[] {
  return [...document.errors, ...document.warnings].map(({ code, message, pos }) => {
    const row = rowOf(pos[0]);
    const [detail, mend] = WORDS[code] ?? [undefined, 'Correct the row, or the one above it.'];
    const plain = sentence(message);
    return {
      row,
      detail: detail === undefined ? `This is no YAML: ${plain}` : `${detail} (The parser: ${plain})`,
      mend,
    };
  });
}

const WORDS: Partial<Record<YAMLError['code'], readonly [detail: string, mend: string]>> = {
  DUPLICATE_KEY: ['The key stands here twice.', 'Keep one of the two.'],
  NON_STRING_KEY: ['A key is no text.', 'Make the key plain text.'],
  MULTIPLE_DOCS: ['A second document begins here, and only one is read.', 'Remove the row `---`.'],
  TAG_RESOLVE_FAILED: ['A text that begins with `!` is taken for a tag.', 'Put the text in quotes.'],
  TAB_AS_INDENT: [
    'The row is indented with a tab, and YAML takes spaces only.',
    'Put spaces in place of the tab.',
  ],
  BAD_INDENT: [
    'The row begins further left or right than the rows that it stands with.',
    'Begin it where the others begin.',
  ],
  BLOCK_AS_IMPLICIT_KEY: [
    'A second key begins in the row of a key: a colon in a text, or a row that is indented too far.',
    'Put the text in quotes, or begin the row below where the key begins.',
  ],
};
