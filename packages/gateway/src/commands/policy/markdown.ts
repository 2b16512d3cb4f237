/** Markdown that says what a text says, whatever the text holds: owners write titles and messages, and readers trust the page. */
import { shown } from '../tools/hidden-characters.ts';

/** A text on one line: nothing in it is markup, HTML, a link or a mention. Empty for a text of blanks. */
export function plain(text: string): string {
  return oneLine(text)
    .replace(/[\\`*_{}[\]|~#$@!()]/g, (mark) => `\\${mark}`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('://', '\\://')
    .replace(/www\./gi, (start) => `${start.slice(0, -1)}\\.`)
    .replace(/^[-+=:]/, (mark) => `\\${mark}`)
    .replace(/^(\d+)([.)])(?= |$)/, '$1\\$2');
}

/** A text as code, on one line; a dash where there is none, and plain text where a table could not hold the code. */
export function code(text: string): string {
  const line = oneLine(text);
  if (line === '') return '–';
  // In a table, readers disagree on where such a code ends.
  if (line.includes('\\|')) return plain(text);
  const fence = '`'.repeat(longestRun(line) + 1);
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${line}${pad}${fence}`;
}

/** Lines of a text as a block of code. */
export function codeBlock(language: string, text: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  const lines = text.split('\n').map((line) => line.split('\t').map(shown).join('\t'));
  return [`${fence}${language}`, ...lines, fence].join('\n');
}

/** A table. Cells are Markdown; what would end one early is escaped. */
export function tableOf(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(header), `|${'---|'.repeat(header.length)}`, ...rows.map(line)].join('\n');
}

function cell(markdown: string): string {
  return markdown.replace(/(?<!\\)\|/g, '\\|');
}

function oneLine(text: string): string {
  return shown(text.replace(/\s+/g, ' ').trim());
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}
