import { RuleAnnotation } from '@bailiff/contract';
import { z } from 'zod';
import type { Finding } from '../finding.ts';
import { complaintsOf, type Reading, readDocument } from '../sources/document.ts';
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

/** Reads the METADATA of a rule that decides. Says what is missing at the rule’s own row, and what is wrong at its own. */
export function metadataOf(module: BundleModule, rule: Rule): Reading<RuleMetadata> {
  const { file } = module.source;
  const block = (rule.annotations ?? []).filter(({ scope }) => scope === 'rule').at(-1);
  if (block === undefined) {
    return refused({
      file,
      row: rule.location.row,
      code: 'rule_metadata_missing',
      detail: 'The rule has no METADATA.',
      mend: 'Put a METADATA block with title, custom.owner and custom.reason right above it.',
    });
  }
  const firstRow = block.location.row;
  const text = Buffer.from(block.location.text ?? '', 'base64').toString('utf8');
  const lines = text.split(/\r?\n/).map((line) => line.replace(/^\s*#/, ''));
  // The first line says METADATA; left empty, it keeps the rows of the others.
  const document = readDocument({ file, firstRow, text: ['', ...lines.slice(1)].join('\n') });
  if (document.kind === 'refused') return document;
  const parsed = MetadataBlock.safeParse(document.value.value ?? {});
  if (parsed.success) return { kind: 'read', value: parsed.data };
  return refused(
    ...complaintsOf(parsed.error, MetadataBlock).map(({ path, code, detail, mend }): Finding => {
      const missing = code === 'key_missing' ? MISSING[path.join('.')] : undefined;
      const row = missing === undefined ? document.value.rowOf(path) : rule.location.row;
      return { file, row, code: missing ?? code, detail: `METADATA: ${detail}`, mend };
    }),
  );
}

function refused(...findings: Finding[]): Reading<RuleMetadata> {
  return { kind: 'refused', findings };
}
