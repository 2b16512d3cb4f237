/** YAML in one row, in the style of the files that people write: `{ path: crm, owners: [crm-team] }`. */
export function flowText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flowText).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, one]) => one !== undefined);
    if (entries.length === 0) return '{}';
    return `{ ${entries.map(([key, one]) => `${keyText(key)}: ${flowText(one)}`).join(', ')} }`;
  }
  return typeof value === 'string' ? keyText(value) : JSON.stringify(value);
}

/** A text as it stands in one row: plain where every reader takes it for text, else in quotes. */
export function keyText(text: string): string {
  return PLAIN.test(text) && !TAKEN.test(text) ? text : writtenOut(JSON.stringify(text));
}

const PLAIN = /^[A-Za-z_][A-Za-z0-9_./+*-]*(?: [A-Za-z0-9_./+-]+)*$/;
/** Words that some reader takes for a truth value or for nothing. */
const TAKEN = /^(?:true|false|null|yes|no|on|off|y|n)$/i;

/** What hides, steers or breaks rows, written out as YAML has it between double quotes. */
function writtenOut(quoted: string): string {
  return quoted.replace(/[\p{C}\p{Zl}\p{Zp}]|[\p{Zs}--[ ]]/gv, (sign) => {
    const code = (sign.codePointAt(0) ?? 0).toString(16);
    return code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`;
  });
}
