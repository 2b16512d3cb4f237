import {
  isEvery,
  isGenerated,
  isNegated,
  type TraceEvent,
  termsOf,
  textOfReference,
  textOfTerm,
} from './opa-trace.ts';

/** A condition that did not hold, and what was known when it did not. */
export interface FailedExpression {
  /** As OPA names it: the path of the module. */
  readonly file: string;
  readonly row: number;
  /** As it is written, on one line. */
  readonly text: string;
  readonly isNegated: boolean;
  /** Variables, references and calls in it, in its order; `undefined` of those that have no value. */
  readonly values: readonly { readonly of: string; readonly value: string }[];
}

/** Characters of an expression or value that are told. */
const TEXT_MAX = 400;
/** Rows of one expression. */
const ROWS_MAX = 12;

/** The condition at which an event says that it failed. `lines` are those of its file. */
export function failedExpression(event: TraceEvent, lines: readonly string[]): FailedExpression {
  const { file, row } = event.Location;
  const col = isGenerated(event.Node) ? beginningIn(lines[row - 1] ?? '') : event.Location.col;
  const written = writtenAt(lines, row, col);
  const flat = written.replace(/\s+/g, ' ').trim();
  return {
    file,
    row,
    text: isNegated(event.Node) && !flat.startsWith('not ') ? shortened(`not ${flat}`) : shortened(flat),
    isNegated: isNegated(event.Node),
    values: valuesIn(event, lines, written),
  };
}

/** The last condition of a test that failed: that of an `every` and not the `every`. Undefined where OPA tried none. */
export function lastFailure(trace: readonly TraceEvent[], file: string): TraceEvent | undefined {
  return trace.findLast(
    ({ Op, Node, Location }) => Op === 'Fail' && Location.file === file && !isEvery(Node),
  );
}

function valuesIn(
  { Node, Locals, LocalMetadata, Location }: TraceEvent,
  lines: readonly string[],
  written: string,
): FailedExpression['values'] {
  const rows = written.split('\n').length;
  const found = new Map<string, { readonly at: number; readonly value: string }>();
  for (const local of Locals) {
    const { name, location } = LocalMetadata[local.name] ?? { name: local.name };
    const [row, col] = [location?.row ?? 0, location?.col ?? 0];
    const isMade = name.startsWith('__local');
    const isInside = row >= Location.row && row < Location.row + rows;
    const of = isMade ? termAt(lines[row - 1] ?? '', col) : name;
    const isNamed = !isMade && new RegExp(`\\b${name}\\b`).test(written);
    if (of !== '' && (isMade ? isInside : isNamed))
      found.set(of, { at: isInside ? row * COLUMNS + col : 0, value: shortened(textOfTerm(local)) });
  }
  for (const of of undefinedIn(Node, lines[Location.row - 1] ?? '', Location.col))
    if (!found.has(of)) found.set(of, { at: -1, value: 'undefined' });
  return [...found]
    .sort(([, a], [, b]) => a.at - b.at)
    .flatMap(([of, { value }]) => (of === value || /^["\d]/.test(of) ? [] : [{ of, value }]));
}

/** More than any row has. */
const COLUMNS = 100_000;

/** What an expression asks for and does not get: OPA has put all that has a value into variables before. */
function undefinedIn(node: unknown, line: string, col: number): string[] {
  const [operator, ...operands] = termsOf(node);
  const name = operator?.type === 'ref' ? textOfReference(operator.value) : '';
  const references = operands.flatMap(({ type, value }) => (type === 'ref' ? [textOfReference(value)] : []));
  const asked = references.filter((text) => /^(?:input|data)\b./.test(text));
  const called = operands.length > 0 && name.startsWith('data.') ? [termAt(line, col)] : [];
  return [...called, ...(operands.length === 0 ? [name] : []), ...asked].filter((of) => of !== '');
}

/** Column at which the condition of a row begins: after the rule’s head where that stands on it. */
function beginningIn(line: string): number {
  const [before = ''] = /^\s*(?:\w+[^"]*?\bif\s+\{?\s*)?/.exec(line) ?? [];
  return Buffer.byteLength(before) + 1;
}

/** An expression from where it begins to the end of its row, or of the brackets that it opens. */
function writtenAt(lines: readonly string[], row: number, col: number): string {
  const rows: string[] = [];
  let open = 0;
  for (let at = row - 1; at < Math.min(lines.length, row - 1 + ROWS_MAX); at += 1) {
    const line = lines[at] ?? '';
    const code = rows.length === 0 ? fromByte(line, col) : line;
    let end = code.length;
    for (const { 0: token, index } of code.matchAll(TOKEN)) {
      if (token.startsWith('#')) end = index;
      if (token.startsWith('#') || (open === 0 && (token === '}' || token === ';'))) {
        end = index;
        break;
      }
      if (OPENING.includes(token)) open += 1;
      if (CLOSING.includes(token)) open -= 1;
    }
    rows.push(code.slice(0, end).trimEnd());
    if (open <= 0 && !/^\s*with\b/.test(lines[at + 1] ?? '')) break;
  }
  return rows.join('\n');
}

const TOKEN = /"(?:[^"\\]|\\.)*"|`[^`]*`|#.*$|[()[\]{};]/g;
const OPENING = '([{';
const CLOSING = ')]}';

/** The name, reference or call that begins at a column. */
function termAt(line: string, col: number): string {
  const text = fromByte(line, col);
  let end = 0;
  let open = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[()[\]{}]|[\w.]+|\s+|./g)) {
    const isInner =
      open > 0 || /^[\w.]/.test(token) || (OPENING.includes(token) && (index > 0 || token !== '('));
    if (!isInner) break;
    if (OPENING.includes(token)) open += 1;
    if (CLOSING.includes(token)) open -= 1;
    end = index + token.length;
  }
  return text.slice(0, end).trim();
}

/** OPA counts columns in bytes from 1. */
function fromByte(line: string, col: number): string {
  return Buffer.from(line)
    .subarray(Math.max(0, col - 1))
    .toString('utf8');
}

function shortened(text: string): string {
  return text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…` : text;
}
