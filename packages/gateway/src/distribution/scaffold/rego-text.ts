import { stringify } from 'yaml';
import type { BundleNames, DraftRule } from './draft.ts';

/** Columns after which METADATA goes on in the next row. */
const COLUMNS_MAX = 100;

/** A rule as Rego: METADATA on its first body, then each body. */
export function ruleText({ kind, id, title, description, custom, bodies }: DraftRule, owner: string): string {
  const said = stringify(
    { title, description, custom: { owner, ...custom } },
    { lineWidth: COLUMNS_MAX, flowCollectionPadding: false },
  );
  const metadata = ['METADATA', ...said.trimEnd().split('\n')].map((row) => `# ${row}\n`).join('');
  return `${metadata}${bodies.map((body) => `${kind} contains "${id}" if ${body}\n`).join('\n')}`;
}

/** A module of the bundle’s package. */
export function moduleText(names: BundleNames, parts: readonly string[]): string {
  return [`package ${names.package}\n`, ...filled(parts)].join('\n');
}

/** A module of its tests, which call the package by its alias. */
export function testModuleText(names: BundleNames, parts: readonly string[]): string {
  const own = names.package.slice(names.package.lastIndexOf('.') + 1);
  const as = own === names.alias ? '' : ` as ${names.alias}`;
  return [`package ${names.package}_test\n`, `import data.${names.package}${as}\n`, ...filled(parts)].join(
    '\n',
  );
}

/** Each part ends in one line break, so that an empty line stands between two. */
function filled(parts: readonly string[]): string[] {
  return parts
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => `${part}\n`);
}
