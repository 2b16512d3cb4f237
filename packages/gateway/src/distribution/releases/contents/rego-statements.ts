/** A rule, function, default, import or package clause as it is written. */
export interface RegoStatement {
  /** How it begins, as `deny contains "rows"`: bodies of one rule begin alike. */
  readonly head: string;
  /** Without lines that are comments or empty. */
  readonly text: string;
  /** The same for texts that differ in spaces alone. */
  readonly normal: string;
  /** 1-based. */
  readonly firstRow: number;
  readonly lastRow: number;
}

/** Strings of both kinds, comments, spaces, brackets and everything else. */
const TOKENS = /"(?:[^"\\\n]|\\.)*"?|`[^`]*`?|#[^\n]*|\n|[^\S\n]+|[([{]|[)\]}]|[^\s"`#()[\]{}]+/g;

/**
 * The statements of a module, by where lines begin. It takes no parser, so what stands indented belongs to what stands before it:
 * all that is written is in one of them.
 */
export function regoStatements(module: string): RegoStatement[] {
  const statements: RegoStatement[] = [];
  let lines: Line[] = [];
  const end = () => {
    if (lines.length > 0) statements.push(statementOf(lines));
    lines = [];
  };
  for (const line of linesOf(module)) {
    if (line.begins) end();
    lines.push(line);
  }
  end();
  return statements;
}

interface Line {
  readonly row: number;
  readonly text: string;
  readonly normal: string;
  /** Whether a statement begins here. */
  readonly begins: boolean;
}

/** Lines with something in them; a string of several lines makes one of them. */
function* linesOf(module: string): Generator<Line> {
  let [row, depth] = [1, 0];
  let line = { row, text: '', normal: '', depth };
  for (const token of [...(module.match(TOKENS) ?? []), '\n']) {
    if (token !== '\n') {
      line.text += token;
      line.normal += /^\s/.test(token) ? ' ' : token;
      row += token.split('\n').length - 1;
      if (/^[([{]$/.test(token)) depth += 1;
      if (/^[)\]}]$/.test(token)) depth = Math.max(0, depth - 1);
      continue;
    }
    const normal = line.normal.trim();
    const begins = line.depth === 0 && /^(?!else\b)[^\s)\]}]/.test(line.text);
    if (normal !== '' && !normal.startsWith('#'))
      yield { row: line.row, text: line.text.trimEnd(), normal, begins };
    row += 1;
    line = { row, text: '', normal: '', depth };
  }
}

function statementOf(lines: readonly Line[]): RegoStatement {
  const [first = '', ...rest] = lines.map(({ normal }) => normal);
  return {
    head: first.replace(/(?: if\b| ?:?= | ?\{).*$/s, '') || first,
    text: lines.map(({ text }) => text).join('\n'),
    normal: [first, ...rest].join('\n'),
    firstRow: lines[0]?.row ?? 1,
    lastRow: lines.at(-1)?.row ?? 1,
  };
}
