/** A way to read one row of YAML as its author may have meant it. */
export interface LineMistake {
  /** The row as it may be meant, and those after it that change with it. */
  readonly rows: readonly string[];
  readonly detail: string;
  readonly mend: string;
}

/** The row that is looked at, and those before it. */
export interface SeenRow {
  readonly lines: readonly string[];
  /** From 0. */
  readonly at: number;
}

/** Finds one kind of mistake: the ways in which the row may be meant, likeliest first; none where it does not look like it. */
type Suspicion = (seen: SeenRow) => readonly LineMistake[];

/** Indentation, dashes of a list, key, and what follows the colon. */
const ENTRY = /^(\s*(?:- +)*)((?:[\w$.-]+|"[^"]*"): +)?(.*)$/;

/** Begins what is no plain text in YAML. */
const RESERVED = /^(?:[@`%&*!|>{}[\],]|[?:-](?:\s|$))/;

const DETAIL_TEXT_MAX = 60;

/** Mistakes that people make, the surest first. */
export const SUSPICIONS: readonly Suspicion[] = [
  tabs,
  unclosed,
  unquoted,
  noSpaceAfterColon,
  noSpaceAfterDash,
  noColon,
  indentation,
];

function tabs({ lines, at }: SeenRow): LineMistake[] {
  const line = lines[at] ?? '';
  if (!/^ *\t/.test(line)) return [];
  return indentsBefore({ lines, at }).map((indent) => ({
    rows: [`${' '.repeat(indent)}${line.trimStart()}`],
    detail: 'The row is indented with a tab, and YAML takes spaces only.',
    mend: `Put ${spaces(indent)} in place of the tab.`,
  }));
}

/** A quote or bracket that is opened and not closed in its row. */
function unclosed({ lines, at }: SeenRow): LineMistake[] {
  const { before, value } = partsOf(lines[at] ?? '');
  const [opening = ''] = value;
  if (before.trim() === '') return [];
  const isQuote = opening === '"' || opening === "'";
  if (isQuote && CLOSED.test(value)) return [];
  const whole = isQuote ? `${value.trimEnd()}${opening}` : balanced(value.trimEnd());
  if (whole === value.trimEnd()) return [];
  const line = `${before}${whole}`;
  return [
    {
      rows: [line],
      detail: isQuote
        ? `The quote (${opening}) that opens at ${keyOf(before)} is not closed.`
        : `A bracket at ${keyOf(before)} is opened and not closed.`,
      mend: `Close it: \`${shown(line)}\`.`,
    },
  ];
}

const CLOSED = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')/;
const CLOSINGS: ReadonlyMap<string, string> = new Map([
  ['[', ']'],
  ['{', '}'],
]);

/** A list or object in one row with the brackets that it lacks; what begins with none as it is. */
function balanced(value: string): string {
  if (!CLOSINGS.has(value[0] ?? '')) return value;
  const open: string[] = [];
  let whole = '';
  for (const [token] of value.matchAll(/"(?:[^"\\]|\\.)*"|[\s\S]/g)) {
    const closing = CLOSINGS.get(token);
    if (closing !== undefined) open.push(closing);
    if (token === ']' || token === '}') {
      while (open.length > 0 && open.at(-1) !== token) whole = `${whole.trimEnd()}${open.pop()} `;
      open.pop();
    }
    whole += token;
  }
  return `${whole}${open.reverse().join('')}`;
}

function unquoted({ lines, at }: SeenRow): LineMistake[] {
  const { before, value } = partsOf(lines[at] ?? '');
  const text = value.trim();
  if (before.trim() === '' || text === '') return [];
  const why = lackOfQuotes(text, keyOf(before));
  if (why === undefined) return [];
  const line = `${before}${quoted(text)}`;
  return [{ rows: [line], detail: why, mend: `Put the text in quotes: \`${shown(line)}\`.` }];
}

function lackOfQuotes(text: string, key: string): string | undefined {
  const [first = ''] = text;
  if (first === '"' || first === "'")
    return `The text at ${key} begins with a quote (${first}) that closes before the text ends.`;
  // In one row and closed: brackets that were meant.
  if (/^(?:\[.*\]|\{.*\})$/.test(text)) return undefined;
  if (RESERVED.test(text))
    return `The text at ${key} begins with “${first}”, which means something else in YAML.`;
  if (/:(?:\s|$)/.test(text))
    return `The text at ${key} has a colon followed by a space in it, which YAML takes for the end of another key.`;
  return undefined;
}

function quoted(text: string): string {
  if (!/["\\]/.test(text)) return `"${text}"`;
  return text.includes("'") ? JSON.stringify(text) : `'${text}'`;
}

function noSpaceAfterColon({ lines, at }: SeenRow): LineMistake[] {
  const found = /^(\s*(?:- +)*)([A-Za-z_][\w-]*):([^\s:/].*)$/.exec(lines[at] ?? '');
  if (found === null) return [];
  const [, before = '', key = '', value = ''] = found;
  const line = `${before}${key}: ${value}`;
  const detail = `There is no space after \`${key}:\`, so that YAML takes key and value for one word.`;
  return [{ rows: [line], detail, mend: `Write \`${shown(line)}\`.` }];
}

function noSpaceAfterDash({ lines, at }: SeenRow): LineMistake[] {
  const found = /^(\s*)-([^\s-].*)$/.exec(lines[at] ?? '');
  if (found === null) return [];
  const line = `${found[1]}- ${found[2]}`;
  const detail = 'There is no space after the `-` that begins an entry of the list.';
  return [{ rows: [line], detail, mend: `Write \`${shown(line)}\`.` }];
}

function noColon({ lines, at }: SeenRow): LineMistake[] {
  const found = /^(\s*(?:- +)*)([A-Za-z_]\w*)(?: +([^\s:].*))?$/.exec(lines[at] ?? '');
  if (found === null) return [];
  const [, before = '', key = '', value] = found;
  const line = `${before}${key}:${value === undefined ? '' : ` ${value}`}`;
  return [{ rows: [line], detail: `There is no colon after \`${key}\`.`, mend: `Write \`${shown(line)}\`.` }];
}

function indentation({ lines, at }: SeenRow): LineMistake[] {
  const line = lines[at] ?? '';
  const rest = line.trimStart();
  const has = indentOf(line);
  if (rest === '') return [];
  const name = nameIn(rest);
  return indentsBefore({ lines, at })
    .filter((indent) => indent !== has)
    .flatMap((indent) => {
      const beside = lines
        .slice(0, at)
        .findLast((above) => indentOf(above) === indent && above.trim() !== '');
      const words = {
        detail: `\`${name}\` begins after ${spaces(has)}, and by that it belongs to nothing above it.`,
        mend: `Begin it after ${spaces(indent)}${beside === undefined ? '' : `, where \`${nameIn(beside.trimStart())}\` begins`}.`,
      };
      // What is further right than the row may be below it, or stand where the row should.
      return [
        { ...words, rows: moved({ lines, at }, indent - has) },
        { ...words, rows: [`${' '.repeat(indent)}${rest}`] },
      ];
    });
}

/** The row and what is below it, further right by so many spaces. */
function moved({ lines, at }: SeenRow, by: number): string[] {
  const has = indentOf(lines[at] ?? '');
  const isBelow = (line: string) => line.trim() !== '' && indentOf(line) > has;
  const after = lines.slice(at + 1, at + 1 + ROWS_SEEN_MAX);
  const end = after.findIndex((line) => !isBelow(line));
  return [lines[at] ?? '', ...(end < 0 ? after : after.slice(0, end))].map(
    (line) => `${' '.repeat(Math.max(0, indentOf(line) + by))}${line.trimStart()}`,
  );
}

function nameIn(row: string): string {
  return /^["\w$.-]+/.exec(row)?.[0] ?? row.slice(0, 1);
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** Indentations that the rows above have, the nearest first, and below a key without a value one that is deeper. */
function indentsBefore({ lines, at }: SeenRow): number[] {
  const above = lines.slice(Math.max(0, at - ROWS_SEEN_MAX), at).filter((line) => /^ *[^\s#]/.test(line));
  const indents = above.reverse().map(indentOf);
  const [nearest] = above;
  const deeper = nearest !== undefined && /:\s*$/.test(nearest) ? [(indents[0] ?? 0) + 2] : [];
  return [...new Set([...deeper, ...indents])].slice(0, INDENTS_MAX);
}

const ROWS_SEEN_MAX = 40;
const INDENTS_MAX = 5;

function partsOf(line: string): { readonly before: string; readonly value: string } {
  const [, dashes = '', key = '', value = ''] = ENTRY.exec(line) ?? [];
  return { before: `${dashes}${key}`, value };
}

function keyOf(before: string): string {
  const key = before.replace(/^[\s-]+/, '').trim();
  return key === '' ? 'this entry' : `\`${key}\``;
}

function spaces(count: number): string {
  return count === 1 ? '1 space' : `${count} spaces`;
}

function shown(row: string): string {
  const line = row.trim();
  return line.length > DETAIL_TEXT_MAX ? `${line.slice(0, DETAIL_TEXT_MAX)}…` : line;
}
