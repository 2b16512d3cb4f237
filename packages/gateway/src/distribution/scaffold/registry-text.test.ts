import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { type CatalogueRow, rowText, withBundle, withSubagent, withTools } from './registry-text.ts';

const ROW = { path: 'servers/crm', owners: ['crm-team'], may_grant: true } as const;
const TOOL: CatalogueRow = {
  effects: ['read'],
  blast_radius: 'low',
  data_classes: ['public'],
  returns: ['public'],
};

const RELEASE = `# Whose release this is.
name: acme   # kept
version: 1.4.7
catalogue: catalogue.yaml
bundles:
    identity: {path: identity}   # odd indent and padding stay

    # A comment between entries.
    resource:
        path: resource

# What follows the bundles.
servers_without_bundle: [ everything,crm ] # these two
audit: { level: basic, retention_days: 180 }
`;

test('a bundle is registered in a row of its own, and everything else stays as it was written', () => {
  const edited = withBundle(RELEASE, 'workflow', { path: 'workflow', owners: ['ops'] });
  expect(edited).toBe(
    RELEASE.replace(
      '        path: resource\n',
      '        path: resource\n    workflow: { path: workflow, owners: [ops] }\n',
    ),
  );
});

test('a server that gets a bundle is no longer listed among those without', () => {
  const edited = withBundle(RELEASE, 'servers/crm', ROW);
  expect(edited).toContain('servers_without_bundle: [everything] # these two\n');
  expect(edited).toContain(
    '    servers/crm: { path: servers/crm, owners: [crm-team], may_grant: true }\n\n# What follows',
  );
  expect(edited).toContain('{path: identity}   # odd indent and padding stay');
});

test.each([
  ['bundles: {}\n'],
  ['bundles: { identity: { path: identity } } # all\n'],
  ['bundles:\n'],
  ['bundles:\n  identity: { path: identity }'],
  ['name: x\n'],
  ['servers_without_bundle:\n  - crm # why\n  - everything\nbundles:\n  identity: { path: identity }\n'],
])('whatever the registry looks like, what is read of it has the bundle: %s', (text) => {
  const before = parse(text);
  const after = parse(withBundle(text, 'servers/crm', ROW) ?? '');
  expect(after).toEqual({
    ...before,
    bundles: { ...before.bundles, 'servers/crm': ROW },
    ...(before.servers_without_bundle && { servers_without_bundle: ['everything'] }),
  });
});

test('a text that is no registry is left to a person', () => {
  expect(withBundle('- a\n', 'workflow', { path: 'w', owners: [] })).toBeUndefined();
  expect(withBundle('bundles: [a]\n', 'workflow', { path: 'w', owners: [] })).toBeUndefined();
  expect(withBundle('bundles: {\n', 'workflow', { path: 'w', owners: [] })).toBeUndefined();
});

test('a row is quoted where somebody could read it as something else', () => {
  expect(rowText('workflow', { path: 'a: b, #', owners: ['@org/team', 'null', 'Team A'] })).toBe(
    'workflow: { path: "a: b, #", owners: ["@org/team", "null", Team A] }',
  );
});

const CATALOGUE = `data_classes: { public: { title: Public } } # all of them
servers:
  crm:
    title: CRM
    tools:
      # Said by its owner.
      read: { effects: [read], blast_radius: high }
  files: { title: Files }
`;

test('tools are listed beside those that are there, which stay as somebody wrote them', () => {
  const server = { name: 'crm', title: 'crm', data_classes: ['public'] };
  const tools = new Map<string, CatalogueRow>([
    ['read', TOOL],
    ['list', { title: 'Lists: all, of "them"', ...TOOL }],
  ]);
  expect(withTools(CATALOGUE, server, tools)).toBe(
    CATALOGUE.replace(
      'blast_radius: high }\n',
      'blast_radius: high }\n      list: { title: "Lists: all, of \\"them\\"", effects: [read], blast_radius: low, data_classes: [public], returns: [public] }\n',
    ),
  );
});

test('a server without tools, or that is not there, gets them', () => {
  const tools = new Map([['list', TOOL]]);
  for (const name of ['files', 'fresh']) {
    const edited = withTools(CATALOGUE, { name, title: name, data_classes: ['public'] }, tools) ?? '';
    expect(edited).toContain('# Said by its owner.');
    expect(parse(edited).servers[name].tools).toEqual({ list: TOOL });
    expect(parse(edited).servers.crm).toEqual(parse(CATALOGUE).servers.crm);
  }
});

test('a subagent that the catalogue lists stays as it is', () => {
  const listed = withSubagent(CATALOGUE, 'planner', TOOL) ?? '';
  expect(listed.startsWith(CATALOGUE)).toBe(true);
  expect(parse(listed).subagents).toEqual({ planner: TOOL });
  expect(withSubagent(listed, 'planner', { ...TOOL, blast_radius: 'high' })).toBe(listed);
});
