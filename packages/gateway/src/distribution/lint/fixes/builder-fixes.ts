import { decisionRulesOf } from '../../analysis/decision-rules.ts';
import type { RuleIndex } from '../../analysis/rule-index.ts';
import type { Rule } from '../../analysis/syntax.ts';
import type { Finding } from '../../finding.ts';
import type { SourceModule } from '../../sources/folder.ts';
import type { BundleSource } from '../../sources/read-bundle.ts';
import type { Edit } from '../finding.ts';

/** What mends are made of. */
export interface FixedSources {
  readonly bundles: readonly BundleSource[];
  readonly index: RuleIndex;
}

/** The edits that mend what the builder or OPA refuses, where the mend is mechanical; undefined where it is not. */
export function builderFix(finding: Finding, { bundles, index }: FixedSources): readonly Edit[] | undefined {
  const bundle = bundles.find(({ modules }) => modules.some(({ file }) => file === finding.file));
  const module = bundle?.modules.find(({ file }) => file === finding.file);
  if (bundle === undefined || module === undefined) return undefined;
  if (finding.code === 'rego_compile_error') return unusedImport(finding, module);
  const indexed = index.rules.find(
    ({ module: { source }, rule }) => source.file === finding.file && rule.location.row === finding.row,
  );
  const block = indexed && blockOf(indexed.rule);
  if (block === undefined) return undefined;
  switch (finding.code) {
    case 'rule_id_mismatch':
      return lineRemoved(block, /^#\s+id:/);
    case 'rule_owner_missing':
      return customAdded(block, `owner: ${bundle.manifest.owner}`);
    case 'rule_reason_missing': {
      const id = decisionRulesOf(bundle, index).rules.find(({ bodies }) =>
        bodies.some(({ rule }) => rule === indexed?.rule),
      )?.id;
      return id === undefined ? undefined : customAdded(block, `reason: ${id}`);
    }
    default:
      return undefined;
  }
}

/** A METADATA block: where it begins, and its lines. */
interface Block {
  readonly row: number;
  readonly lines: readonly string[];
}

function blockOf({ annotations = [] }: Rule): Block | undefined {
  const block = annotations.filter(({ scope }) => scope === 'rule').at(-1);
  if (block === undefined) return undefined;
  const text = Buffer.from(block.location.text ?? '', 'base64').toString('utf8');
  return { row: block.location.row, lines: text.split('\n') };
}

function lineRemoved({ row, lines }: Block, wanted: RegExp): readonly Edit[] | undefined {
  const at = lines.findIndex((line) => wanted.test(line.trimStart()));
  const line = lines[at];
  return line === undefined ? undefined : [{ row: row + at, col: 1, old: `${line}\n`, new: '' }];
}

function customAdded({ row, lines }: Block, entry: string): readonly Edit[] {
  const at = lines.findIndex((line) => /^#\s*custom:\s*$/.test(line));
  if (at < 0) return [{ row: row + lines.length, col: 1, old: '', new: `# custom:\n#   ${entry}\n` }];
  const [, indent = '  '] = /^#(\s*)custom:/.exec(lines[at] ?? '') ?? [];
  const [, own = `${indent}  `] = /^#(\s+)\S/.exec(lines[at + 1] ?? '') ?? [];
  const deeper = own.length > indent.length ? own : `${indent}  `;
  return [{ row: row + at + 1, col: 1, old: '', new: `#${deeper}${entry}\n` }];
}

function unusedImport({ detail, row }: Finding, { text }: SourceModule): readonly Edit[] | undefined {
  const line = text.split('\n')[row - 1];
  if (line === undefined || !/^import \S+( as \S+)? unused\.$/.test(detail) || !line.startsWith('import '))
    return undefined;
  return [{ row, col: 1, old: `${line}\n`, new: '' }];
}
