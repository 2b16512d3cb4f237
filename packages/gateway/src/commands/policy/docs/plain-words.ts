/** What rules do, in words for people who read no Rego. */
import type { CatalogueEntry, RuleKind } from '@bailiff/contract';
import { schemasAt } from '../../../distribution/analysis/input-paths.ts';
import { canaryWords } from '../../../distribution/sources/words/canary-words.ts';
import { plain } from '../markdown.ts';

const EFFECTS: Readonly<Record<RuleKind, string>> = {
  deny: 'Refuses the call.',
  require_approval: 'Lets the call go on only once a person has approved it.',
  allow: 'Grants: where no other rule refuses or asks, the call may be made.',
  affirm: 'Notes that a condition was checked and is met. It changes nothing.',
  oblige: 'Adds a duty that has to be met for the call to go on.',
};

/** One word for what a rule does, for tables. */
export const DOES: Readonly<Record<RuleKind, string>> = {
  deny: 'refuses',
  require_approval: 'asks a person',
  allow: 'grants',
  affirm: 'notes',
  oblige: 'adds a duty',
};

/** How far a rule is in force, for tables. */
export const IN_FORCE: Readonly<Record<Exclude<CatalogueEntry['mode'], 'enforce'>, string>> = {
  canary: 'in its canary',
  watch: 'watched only',
  off: 'off',
};

/** What a rule does to a call, as it is in force. */
export function effectOf({ kind, mode, canary, watch_until }: CatalogueEntry): string {
  const until = watch_until === '' ? '' : ` until ${plain(watch_until)}`;
  switch (mode) {
    case 'enforce':
      return `**${EFFECTS[kind]}**`;
    case 'canary': {
      const whose = canary === undefined ? '' : ` for ${plain(canaryWords(canary))}`;
      return `**In its canary${until}: in force${whose}, watched without effect for all others.** In force it does this: ${EFFECTS[kind]}`;
    }
    case 'watch':
      return `**Watched only${until}, without effect on any call.** In force it does this: ${EFFECTS[kind]}`;
    case 'off':
      return `**Switched off${until}.** In force it does this: ${EFFECTS[kind]}`;
  }
}

/** Whether exceptions are possible, of a rule that refuses; of others undefined. */
export function exceptionsOf({ kind, overridable }: CatalogueEntry): string | undefined {
  if (kind !== 'deny') return undefined;
  return overridable ? 'A named override that expires may lift it.' : 'None: no override may lift it.';
}

/** The name of a test as a sentence has it: `test_many_rows_are_refused` → `many rows are refused`. */
export function testWords(name: string): string {
  return name
    .replace(/^test_/, '')
    .replaceAll('_', ' ')
    .trim();
}

/** What a value of the call is, as the schema of the input describes it; empty where it does not. */
export function valueWords(path: readonly string[]): string {
  const [schema] = schemasAt(path);
  const words = schema?.description ?? '';
  return words.includes('\n') ? '' : words;
}
