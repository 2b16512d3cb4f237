import { pathToFileURL } from 'node:url';
import { withoutLinks } from '../../distribution/lint/codes/code-page.ts';
import { fileOfPage, pageOf } from '../../distribution/lint/codes/codes.ts';
import type { LintFinding } from '../../distribution/lint/finding.ts';

/**
 * Findings as a log in SARIF 2.1.0, which code hosts and editors show beside the text. Files are relative to where the command
 * was run.
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function sarifOf(findings: readonly LintFinding[]) {
  const codes = [...new Set(findings.map(({ code }) => code))].sort();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'bailiff policy check', rules: codes.map(descriptorOf) } },
        originalUriBaseIds: { ROOT: { uri: `${pathToFileURL(process.cwd()).href}/` } },
        columnKind: 'unicodeCodePoints',
        results: findings.map((finding) => resultOf(finding, codes)),
      },
    ],
  };
}

function descriptorOf(code: string) {
  const page = pageOf(code);
  if (page === undefined) return { id: code };
  const { severity, title, why, mend } = page;
  return {
    id: code,
    shortDescription: { text: title },
    fullDescription: { text: withoutLinks(why) },
    help: { text: `${withoutLinks(mend)}\n\n${fileOfPage(code)}` },
    defaultConfiguration: { level: severity },
  };
}

function resultOf({ file, row, code, severity, detail, mend, fix }: LintFinding, codes: readonly string[]) {
  const artifactLocation = { uri: encodeURI(file.replaceAll('\\', '/')), uriBaseId: 'ROOT' };
  return {
    ruleId: code,
    ruleIndex: codes.indexOf(code),
    level: severity,
    message: { text: mend === '' ? detail : `${detail} ${mend}` },
    locations: [{ physicalLocation: { artifactLocation, region: { startLine: row } } }],
    ...(fix !== undefined && {
      fixes: [
        {
          description: { text: mend },
          artifactChanges: [
            {
              artifactLocation,
              replacements: fix.map(({ row: startLine, col: startColumn, old, new: text }) => ({
                deletedRegion: { startLine, startColumn, ...endOf(old, startLine, startColumn) },
                insertedContent: { text },
              })),
            },
          ],
        },
      ],
    }),
  };
}

/** Where a text ends that begins at a row and column: the column after its last character. */
function endOf(text: string, row: number, col: number) {
  const lines = text.split('\n');
  const last = [...(lines.at(-1) ?? '')].length;
  return { endLine: row + lines.length - 1, endColumn: lines.length === 1 ? col + last : last + 1 };
}
