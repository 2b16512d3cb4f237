import { RuleAnnotation } from '@bailiff/contract';
import { z } from 'zod';
import type { Finding } from '../finding.ts';
import {
  complaintsOf,
  type DocumentPath,
  type Reading,
  readDocument,
  type SourceDocument,
} from '../sources/document.ts';
import { canaryMisfit } from '../sources/words/canary-misfit.ts';
import { type MetadataBlock as BlockText, metadataText } from './mistakes/metadata-blocks.ts';
import { keyBelowBlock, placeOfKey, unseenMetadata } from './mistakes/metadata-mends.ts';
import type { BundleModule, Rule } from './syntax.ts';

/** What the METADATA of a rule says. */
export interface RuleMetadata {
  readonly title: string;
  readonly description: string;
  readonly custom: RuleAnnotation;
}

/**
 * A METADATA block. OPA drops keys it does not know, so that a `severity` in the wrong place would be lost without a word;
 * here every key is one that OPA or the contract knows.
 * @see https://www.openpolicyagent.org/docs/policy-language#metadata
 */
const MetadataBlock = z.strictObject({
  title: z.string().trim().min(1),
  description: z.string().default(''),
  scope: z.literal('rule').optional(),
  custom: z.preprocess((custom) => custom ?? {}, RuleAnnotation),
  related_resources: z.unknown().optional(),
  authors: z.unknown().optional(),
  organizations: z.unknown().optional(),
  schemas: z.unknown().optional(),
  labels: z.unknown().optional(),
});

/** Codes for what a rule may not do without, by its place in the block. */
const MISSING: Readonly<Record<string, string>> = {
  title: 'rule_title_missing',
  'custom.reason': 'rule_reason_missing',
  'custom.owner': 'rule_owner_missing',
};

/** What was read of a rule of a file that was parsed: of most files nothing changes from one release to the next. */
const known = new WeakMap<Rule, Reading<RuleMetadata>>();

/** Reads the METADATA of a rule that decides. Says what is missing at the rule’s own row, and what is wrong at its own. */
export function metadataOf(module: BundleModule, rule: Rule): Reading<RuleMetadata> {
  const before = known.get(rule);
  if (before !== undefined) return before;
  const reading = readMetadata(module, rule);
  // What is wrong is told with the name of the file, which may be another one next time.
  if (reading.kind === 'read') known.set(rule, reading);
  return reading;
}

function readMetadata(module: BundleModule, rule: Rule): Reading<RuleMetadata> {
  const { file } = module.source;
  const block = (rule.annotations ?? []).filter(({ scope }) => scope === 'rule').at(-1);
  if (block === undefined) {
    const { row } = rule.location;
    const mend = 'Put a METADATA block with title, custom.owner and custom.reason right above it.';
    const found = unseenMetadata(module.source.text, row) ?? { row, mend };
    return refused({ file, code: 'rule_metadata_missing', detail: 'The rule has no METADATA.', ...found });
  }
  const firstRow = block.location.row;
  const text = Buffer.from(block.location.text ?? '', 'base64').toString('utf8');
  const document = readBlock({ file, firstRow, text: metadataText(text.split(/\r?\n/)) });
  if (document.kind === 'refused') return document;
  const parsed = MetadataBlock.safeParse(document.value.value ?? {}, { reportInput: true });
  if (parsed.success) {
    const misfits = canaryFindings(document.value, parsed.data.custom);
    return misfits.length === 0 ? { kind: 'read', value: parsed.data } : refused(...misfits);
  }
  const ruleRow = rule.location.row;
  return refused(
    ...complaints(document.value, parsed.error).map(({ path, ...finding }): Finding => {
      if (MISSING[path.join('.')] !== finding.code) return finding;
      const key = String(path.at(-1));
      return { ...finding, row: ruleRow, ...keyBelowBlock(module.source.text, { key, firstRow, ruleRow }) };
    }),
  );
}

/** What is wrong with a METADATA block of a file that OPA does not parse. What is missing is told when it does. */
export function blockFindings(block: BlockText): readonly Finding[] {
  const document = readBlock(block);
  if (document.kind === 'refused') return document.findings;
  const parsed = MetadataBlock.safeParse(document.value.value ?? {}, { reportInput: true });
  if (parsed.success) return canaryFindings(document.value, parsed.data.custom);
  return complaints(document.value, parsed.error).flatMap(({ path: _path, ...finding }) =>
    finding.code === 'key_unknown' || finding.code === 'value_invalid' ? [finding] : [],
  );
}

/** At its row, what does not fit together of mode and canary. */
function canaryFindings(document: SourceDocument, custom: RuleAnnotation): Finding[] {
  const misfit = canaryMisfit(custom);
  if (misfit === undefined) return [];
  const { key, code, detail, mend } = misfit;
  const row = document.rowOf(['custom', key]);
  return [{ file: document.file, row, code, detail: `METADATA: ${detail}`, mend }];
}

function readBlock(block: Pick<BlockText, 'file' | 'firstRow' | 'text'>): Reading<SourceDocument> {
  const document = readDocument(block);
  if (document.kind === 'read') return document;
  return refused(
    ...document.findings.map((finding) => ({ ...finding, detail: `METADATA: ${finding.detail}` })),
  );
}

/** What the schema of a block refuses, and where in the block. */
function complaints(
  document: SourceDocument,
  error: z.ZodError,
): (Finding & { readonly path: DocumentPath })[] {
  return complaintsOf(error, MetadataBlock).map(({ path, code, detail, mend }) => ({
    ...{ path, file: document.file, row: document.rowOf(path), detail: `METADATA: ${detail}` },
    code: (code === 'key_missing' ? MISSING[path.join('.')] : undefined) ?? code,
    mend: (code === 'key_unknown' ? placeOfKey(path) : undefined) ?? mend,
  }));
}

function refused(...findings: Finding[]): {
  readonly kind: 'refused';
  readonly findings: readonly Finding[];
} {
  return { kind: 'refused', findings };
}
