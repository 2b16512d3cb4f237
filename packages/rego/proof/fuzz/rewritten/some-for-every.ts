/** The modules with `some k, v in d; body` in place of `every k, v in d { body }`: every body is evaluated for all of `d`. */
export function withSomeForEvery(modules: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(modules).map(([file, text]) => [file, rewritten(text)]));
}

function rewritten(text: string): string {
  const start = text.lastIndexOf('every '); // the innermost of nested ones comes last
  if (start === -1) return text;
  const open = start + text.slice(start).search(/ \{\s/);
  const close = closingBrace(text, open + 1);
  const head = text.slice(start + 'every '.length, open);
  const body = text.slice(open + 2, close).trim();
  return rewritten(`${text.slice(0, start)}some ${head}; ${body}${text.slice(close + 1)}`);
}

/** Where the brace that opens at `open` is closed; what stands in strings does not count. */
function closingBrace(text: string, open: number): number {
  let depth = 0;
  for (const match of text.slice(open).matchAll(/"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (match[0] === '{') depth++;
    if (match[0] === '}' && --depth === 0) return open + match.index;
  }
  return text.length;
}
