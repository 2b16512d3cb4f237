import type { Finding } from '../../distribution/finding.ts';
import { DATA_BYTES_MAX, SourceFolder } from '../../distribution/sources/folder.ts';

/** What `package new` writes where only people know what to say, as a text and as a name. */
export const PLACEHOLDER = 'change-me';
export const PLACEHOLDER_NAME = 'change_me';

/** Besides these, what people write in places that they mean to come back to. */
const PLACEHOLDERS =
  /\bchange[-_]me\b|\byour[-_][a-z0-9]+(?:[-_][a-z0-9]+)*|\b(?:TO[-_ ]?DO|FIX[-_ ]?ME|TBD)\b/gi;
const TEXTS = /\.(?:rego|ya?ml|json)$/;

/** What was left unsaid in a package, a finding for each row. Files are named relative to its folder; what cannot be read is left out. */
export async function placeholdersIn(directory: string): Promise<Finding[]> {
  const folder = new SourceFolder(directory);
  const listed = await folder.list('');
  const files = listed?.kind === 'read' ? listed.value.filter((file) => TEXTS.test(file)) : [];
  const findings: Finding[] = [];
  for (const file of files) {
    const text = await folder.text(file, DATA_BYTES_MAX);
    if (text.kind === 'refused') continue;
    for (const [index, line] of text.value.split('\n').entries()) {
      const found = [...new Set(line.match(PLACEHOLDERS) ?? [])];
      if (found.length > 0) findings.push(findingOf(found, file, index + 1));
    }
  }
  return findings;
}

function findingOf(found: readonly string[], file: string, row: number): Finding {
  const words = found.map((word) => `\`${word}\``).join(', ');
  return {
    file,
    row,
    code: 'placeholder_left',
    detail: `${words} stands where something of yours belongs.`,
    mend: 'Say what it is before you ship it.',
  };
}
