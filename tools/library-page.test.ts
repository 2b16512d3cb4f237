import { globSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { textOf } from './tree.ts';

const PAGE = textOf('docs/library.md');
const KINDS: Readonly<Record<string, string>> = {
  deny: 'denies',
  require_approval: 'asks',
  allow: 'grants',
  affirm: 'affirms',
  oblige: 'obliges',
};
const SECTIONS = ['Summary', 'Refused', 'Allowed', 'Why', 'Configuration', 'Controls'];

interface LibraryRule {
  readonly folder: string;
  readonly id: string;
  readonly kind: string;
  readonly controls: readonly string[];
}

const FOLDERS = globSync('policies/library/*/*/')
  .filter((path) => !path.includes('/testing'))
  .map((path) => path.replaceAll('\\', '/').replace(/\/$/, ''))
  .filter((path) => globSync(`${path}/*.rego`).length > 0);

const RULES: readonly LibraryRule[] = FOLDERS.flatMap((path) => {
  const text = textOf(`${path}/${basename(path)}.rego`);
  const blocks = text.matchAll(/^# METADATA\n((?:#.*\n)+)(\w+) contains (?:"|\{"id": ")([a-z0-9_]+)"/gm);
  return [...blocks].map(([, block = '', kind = '', id = '']) => {
    const { custom } = parse(block.replace(/^# ?/gm, ''));
    return { folder: basename(path), id, kind, controls: custom.controls };
  });
});

test('the page says how many rules there are, and lists each with its ids and what they do', () => {
  expect(FOLDERS.length).toBeGreaterThanOrEqual(40);
  expect(PAGE).toContain(`${FOLDERS.length} folders with ${RULES.length} rules`);
  for (const path of FOLDERS) {
    const row = PAGE.split('\n').find(
      (line) => line.startsWith('|') && line.includes(`../${path}/README.md`),
    );
    const own = RULES.filter(({ folder }) => folder === basename(path));
    const said = own.map(({ id, kind }) => `\`${id}\` ${KINDS[kind]}`).join(', ');
    expect(row?.split(' | ')[1], path).toBe(said);
  }
});

test('the coverage tables list exactly the rules whose METADATA names a control', () => {
  const controls = new Map<string, Set<string>>();
  for (const { folder, controls: named } of RULES) {
    for (const control of named) controls.set(control, (controls.get(control) ?? new Set()).add(folder));
  }
  expect(controls.size).toBeGreaterThan(30);
  for (const [control, folders] of controls) {
    const cells = rowOf(control);
    const rules = cells?.find((cell) => /^`[a-z_]+`(, `[a-z_]+`)*$/.test(cell)) ?? '';
    const listed = [...rules.matchAll(/`([a-z_]+)`/g)].map(([, folder = '']) => folder);
    expect(listed.sort(), control).toEqual([...folders].sort());
  }
});

test('every item of the three lists has a row that says what is not covered', () => {
  const items = [
    ...Array.from({ length: 10 }, (_, index) => `OWASP-ASI${String(index + 1).padStart(2, '0')}`),
    ...Array.from({ length: 10 }, (_, index) => `OWASP-MCP${String(index + 1).padStart(2, '0')}`),
    ...[9, 10, 12, 13, 14, 15, 19, 26].map((article) => `EU-AI-ACT-${article}`),
  ];
  for (const item of items) {
    const cells = rowOf(item);
    expect(cells?.length, item).toBe(5);
    expect(cells?.[4]?.length, item).toBeGreaterThan(20);
  }
});

test.each(FOLDERS)('%s has a page with every section, and its configuration', (path) => {
  const page = textOf(`${path}/README.md`);
  const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
  expect(headings.filter((heading) => heading !== 'Limits')).toEqual(SECTIONS);
  const own = RULES.filter(({ folder }) => folder === basename(path));
  for (const { id, kind } of own)
    expect(page).toContain(`\`${basename(dirname(path))}.${id}\` (${KINDS[kind]})`);
  const defaults = globSync(`${path}/data.yaml`).length === 0 ? {} : parse(textOf(`${path}/data.yaml`));
  for (const key of Object.keys(defaults ?? {})) expect(page, key).toContain(`| \`${key}\` |`);
  for (const control of new Set(own.flatMap(({ controls }) => controls)))
    expect(page).toContain(`\`${control}\``);
});

test.each([
  'sql_destructive',
  'sql_stacked',
  'sql_where',
])('%s says which arguments named `query` it does not look at', (rule) => {
  const path = `policies/library/resource/${rule}`;
  expect(parse(textOf(`${path}/data.yaml`)).arguments).not.toContain('query');
  const limits = textOf(`${path}/README.md`).split('## Limits')[1];
  expect(limits).toContain('named `query` is looked at only where `arguments` or `tool_arguments` names it');
});

/** The cells of the row that is about a control. */
function rowOf(control: string): readonly string[] | undefined {
  const begin = control.replace(/^OWASP-(ASI|MCP)/, '$1').replace(/^EU-AI-ACT-/, '');
  const row = PAGE.split('\n').find(
    (line) => line.startsWith(`| ${begin} `) || line.startsWith(`| \`${begin}\` `),
  );
  return row?.slice(2, -2).split(' | ');
}
