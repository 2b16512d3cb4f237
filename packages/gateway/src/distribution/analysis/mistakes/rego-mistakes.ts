/** What an author meant, and how Rego has it. */
export interface RegoMistake {
  /** 1-based. */
  readonly row: number;
  readonly detail: string;
  readonly mend: string;
}

/** The mistake that OPA’s message at a row most probably comes from; undefined where none of those that people make fits. */
export function regoMistake(lines: readonly string[], row: number, message: string): RegoMistake | undefined {
  const codes = lines.map(codeOf);
  for (const at of [row, row - 1, row + 1]) {
    const code = codes[at - 1];
    if (code === undefined) continue;
    const habit = HABITS.find(({ pattern }) => pattern.test(code));
    if (habit !== undefined) return { row: at, detail: habit.detail, mend: habit.mend };
  }
  return ofStructure(codes, row, message);
}

const BODY = 'Put each condition on a row of its own between `{` and `}`: all of them have to hold.';
const NOT_EQUAL = 'Compare with `==` or `!=`.';

/** What is written in other languages, on a row without its texts and comment. */
const HABITS: readonly { readonly pattern: RegExp; readonly detail: string; readonly mend: string }[] = [
  { pattern: /&&/, detail: 'Rego has no `&&`.', mend: BODY },
  { pattern: /[\w)\]"] and [\w("!]/, detail: 'Rego has no `and`.', mend: BODY },
  {
    pattern: /\|\||[\w)\]"] or [\w("!]/,
    detail: 'Rego has no `or`.',
    mend: 'Write the rule once more with the other condition, under the same id: it is enough that one body holds. One of several values: `x in ["a", "b"]`.',
  },
  {
    pattern: /'/,
    detail: 'A text in Rego stands between double quotes.',
    mend: 'Write `"…"` in place of `\'…\'`.',
  },
  { pattern: /===|!==|<>/, detail: 'Rego has no such comparison.', mend: NOT_EQUAL },
  { pattern: /=~/, detail: 'Rego has no `=~`.', mend: 'Write `regex.match("pattern", text)`.' },
  { pattern: /!(?!=)/, detail: 'Rego has no `!`.', mend: 'Write `not …`, and `!=` for a comparison.' },
  { pattern: /\/\//, detail: 'A comment in Rego begins with `#`.', mend: 'Write `#` in place of `//`.' },
  {
    pattern: /\bif\s*:/,
    detail: 'No colon follows `if`.',
    mend: 'Write `if { … }`, or `if` and one condition.',
  },
  { pattern: /\bnot in\b/, detail: 'Rego has no `not in`.', mend: 'Put `not` first: `not x in list`.' },
  {
    pattern: /^\s*for\b/,
    detail: 'Rego has no `for`.',
    mend: 'Write `some x in list`: the rule holds where one fits. `every x in list { … }` asks all.',
  },
  {
    pattern: /^\s*some\s+\w+\s+(?!in\b)[\w[{]/,
    detail: '`some` lacks its `in`.',
    mend: 'Write `some x in list`.',
  },
  {
    pattern: /^\s+(?:if|elif|else)\b/,
    detail: 'A body has no `if` in it.',
    mend: `Write the condition alone. ${BODY}`,
  },
  {
    pattern: /^\s*return\b/,
    detail: 'Rego has no `return`.',
    mend: 'Leave it out: the rule holds where all conditions of its body hold.',
  },
  { pattern: /\?[^"]*:/, detail: 'Rego has no `? :`.', mend: 'Write a body for each case.' },
  {
    pattern: /^\s+.*,\s*$/,
    detail: 'A comma stands where a condition ends.',
    mend: 'Leave the comma out: each condition stands on a row of its own.',
  },
  {
    pattern: /\d,\d{3}\b/,
    detail: 'A number has a comma in it.',
    mend: 'Write its digits alone, as `1000`.',
  },
  { pattern: /\d%/, detail: 'A number has a `%` behind it.', mend: 'Write the number alone.' },
  {
    pattern: /^(?:deny|allow|affirm|require_approval|oblige)\s+"/,
    detail: '`contains` is missing.',
    mend: 'Write `deny contains "id" if …`.',
  },
  {
    pattern: /^[^"]*"[^"]*$/,
    detail: 'A quote opens and is not closed on its row.',
    mend: 'Close the text with `"`.',
  },
];

/** `deny["id"]`, as rules began in older versions of Rego. */
const OLD_HEAD = /^\s*\w+\[/;

/** `deny contains "id"` with a condition behind it, and no `if` between the two. */
const BARE_CONDITION = /\bcontains\s+(?:""|\w+|\{[^}]*\})\s+(?!if\b)[\w"]/;

/** What is opened and never closed, or closed and never opened; a condition outside of a body. */
function ofStructure(codes: readonly string[], row: number, message: string): RegoMistake | undefined {
  const head = codes[row - 1] ?? '';
  if (OLD_HEAD.test(head) && /keyword is required/.test(message))
    return {
      row,
      detail: 'This is how rules began before Rego had `contains` and `if`.',
      mend: 'Write `deny contains "id" if { … }` in place of `deny["id"] { … }`.',
    };
  if (/cannot be used for rule head|conflicts with built-in/.test(message) && BARE_CONDITION.test(head))
    return {
      row,
      detail: '`if` is missing before the condition.',
      mend: 'Write `deny contains "id" if …`.',
    };
  if (/cannot be used for rule head/.test(message))
    return {
      row,
      detail: 'A condition stands outside of a body.',
      mend: 'Put it after `if`: `deny contains "id" if not …`; several between `{` and `}`.',
    };
  if (/`if` keyword is required/.test(message))
    return { row, detail: '`if` is missing before the body.', mend: 'Write `deny contains "id" if { … }`.' };
  if (/rule name/.test(message) && /^\s/.test(codes[row - 1] ?? ''))
    return {
      row,
      detail: 'A condition stands outside of a body.',
      mend: 'Where there are several conditions, put them between `{` and `}` after `if`.',
    };
  if (/rule name/.test(message))
    return {
      row,
      detail: 'OPA takes this for the beginning of a rule, and it is none.',
      mend: 'See that the row before ends what it begins, and that a quote in a text is written as `\\"`.',
    };
  const { unclosed, stray } = bracketsIn(
    codes,
    /unexpected contains keyword/.test(message) ? row : undefined,
  );
  if (stray !== undefined && /unexpected [)\]}] token/.test(message))
    return {
      row: stray.row,
      detail: `One \`${stray.bracket}\` too many.`,
      mend: 'Remove it, or open the bracket that it is to close.',
    };
  if (unclosed !== undefined && /eof|non-terminated|unexpected/.test(message))
    return {
      row: unclosed.row,
      detail: `The \`${unclosed.bracket}\` on this row is never closed.`,
      mend: `Close it with \`${CLOSINGS.get(unclosed.bracket) ?? ''}\`, after what belongs to it and before the next rule.`,
    };
  return undefined;
}

interface Bracket {
  readonly bracket: string;
  readonly row: number;
}

const CLOSINGS: ReadonlyMap<string, string> = new Map([
  ['(', ')'],
  ['[', ']'],
  ['{', '}'],
]);

/** The innermost bracket that is open at the end, or before the row `until`, and the first that closes nothing. */
function bracketsIn(codes: readonly string[], until?: number) {
  const open: Bracket[] = [];
  let stray: Bracket | undefined;
  for (const [at, code] of codes.slice(0, until === undefined ? undefined : until - 1).entries())
    for (const [bracket] of code.matchAll(/[()[\]{}]/g)) {
      if (CLOSINGS.has(bracket)) open.push({ bracket, row: at + 1 });
      else if (CLOSINGS.get(open.at(-1)?.bracket ?? '') === bracket) open.pop();
      else stray ??= { bracket, row: at + 1 };
    }
  return { unclosed: open.at(-1), stray };
}

/** A row without its comment, its texts emptied. */
function codeOf(line: string): string {
  return line.replace(/"(?:[^"\\]|\\.)*"|`[^`]*`/g, '""').replace(/#.*$/, '');
}
