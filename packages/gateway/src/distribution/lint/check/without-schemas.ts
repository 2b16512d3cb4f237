/**
 * A module without the schemas that its METADATA names, row for row as long. OPA finds those in a folder of schemas, which a check with
 * one schema for every module has not, and would look no further at a rule whose schema it does not find.
 */
export function withoutSchemas(text: string): string {
  let indent: number | undefined;
  return text
    .split('\n')
    .map((line) => {
      const [, blanks = '', key] = SCHEMAS.exec(line) ?? [];
      if (key !== undefined) {
        indent = blanks.length;
        return `#${blanks}schemas: []`;
      }
      if (indent !== undefined && isBelow(line, indent)) return '#';
      indent = undefined;
      return line;
    })
    .join('\n');
}

const SCHEMAS = /^#([ \t]*)(schemas)[ \t]*:/;
const COMMENT = /^#([ \t]*)(.?)/;

/** Whether a row of a comment belongs to a key that is so far in: further in, an item of its list, or blank. */
function isBelow(line: string, indent: number): boolean {
  const [, blanks, first] = COMMENT.exec(line) ?? [];
  if (blanks === undefined || first === undefined) return false;
  return first === '' || blanks.length > indent || (blanks.length === indent && first === '-');
}
