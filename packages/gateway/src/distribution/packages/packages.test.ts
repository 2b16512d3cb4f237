import { expect, test } from 'vitest';
import { lineOfFinding } from '../finding.ts';
import { buildSample, type Files, KERNEL, metadata, refusalsOf } from '../testing/sample-release.ts';

const DIGEST = 'a'.repeat(64);

/** A package of a server with one rule and its test, and one of an agent that others hand tasks to. */
const WEATHER: Files = {
  'packages/weather/bailiff.package.yaml': [
    'kind: server',
    'name: weather',
    'version: 1.4.0',
    'owner: sky',
    'server: { transport: stdio, command: npx, args: [-y, "@acme/weather-mcp@1.4.0"] }',
    'catalogue:',
    '  title: Weather',
    '  tools:',
    '    forecast: { effects: [read], blast_radius: low, data_classes: [customer_data] }',
    `tool_pins: { forecast: ${DIGEST} }`,
    '',
  ].join('\n'),
  'packages/weather/bundle/bundle.yaml': 'name: servers/weather\nversion: 1.4.0\nowner: sky\n',
  'packages/weather/bundle/weather.rego': `package servers.weather

${metadata('far_away')}deny contains "far" if input.action.args.city == "Atlantis"
`,
  'packages/weather/dist/index.js': 'what is launched is no policy\n',
};
const WRITER: Files = {
  'packages/writer/bailiff.package.yaml': [
    'kind: agent',
    'name: writer-bot',
    'version: 2.1.0',
    'owner: cx',
    'agent: { scope: support, owner_team: cx, versions: [2.0.9] }',
    'subagent: { name: writer, effects: [write], blast_radius: low }',
    'bundle: policy',
    '',
  ].join('\n'),
  'packages/writer/policy/bundle.yaml': 'name: subagents/writer\nversion: 2.1.0\nowner: cx\n',
  'packages/writer/policy/writer.rego': `package subagents.writer

${metadata('too_long')}deny contains "long" if input.action.args.words > 500
`,
};
const RELEASE = `name: s
version: 1.0.0
catalogue: catalogue.yaml
bundles:
  identity: { path: identity }
  servers/crm: { path: servers/crm }
servers_without_bundle: [everything]
packages: [packages/weather, packages/writer]
`;
const both = (changed: Files = {}): Files => ({
  ...WEATHER,
  ...WRITER,
  'release.yaml': RELEASE,
  ...changed,
});
const refused = async (changed: Files) => (await refusalsOf(both(changed))).map(lineOfFinding);

test('a package brings its server, catalogue entry, pins and bundle into the release, and nothing that it may not give itself', async () => {
  const { release, sources } = await buildSample(both(), KERNEL);
  expect(release.servers).toMatchObject({
    weather: { transport: 'stdio', command: 'npx', cwd: 'packages/weather' },
  });
  expect(release.data.launches.weather).toMatchObject({ kind: 'package', what: '@acme/weather-mcp@1.4.0' });
  expect(release.data.servers.weather).toEqual({ bundle_required: true, may_grant: false });
  expect(release.data.bundles['servers/weather']).toMatch(/^1\.4\.0\+[0-9a-f]{12}$/);
  expect(release.data.tool_pins).toEqual({ weather: { forecast: DIGEST } });
  expect(Object.keys(release.catalogue.servers.weather?.tools ?? {})).toEqual(['forecast']);
  expect(release.rules.get('servers.weather.far')).toMatchObject({ bundle: 'servers/weather' });
  expect(sources.packages.map(({ part }) => part)).toEqual(['packages/weather', 'packages/writer']);
});

test('an agent’s package registers it with the versions of the release, to the gateway and to policy alike', async () => {
  const { release, data } = await buildSample(both(), KERNEL);
  const entry = { scope: 'support', owner_team: 'cx', status: 'active', versions: ['2.1.0', '2.0.9'] };
  expect(release.directory.agents['writer-bot']).toEqual(entry);
  expect(data).toMatchObject({ policy: { identity: { agents: { 'writer-bot': entry } } } });
  expect(release.data.agents['writer-bot']).toEqual(['2.1.0', '2.0.9']);
  expect(release.catalogue.subagents).toMatchObject({ writer: { effects: ['write'] } });
  expect(release.data.subagents.writer).toEqual({ bundle_required: true, may_grant: false });
  expect(release.rules.has('subagents.writer.long')).toBe(true);
});

test('what a package’s bundle may do stands in release.yaml, under its name and without a path', async () => {
  const release = `${RELEASE}`.replace('bundles:\n', 'bundles:\n  servers/weather: { may_grant: true }\n');
  const built = await buildSample(both({ 'release.yaml': release }), KERNEL);
  expect(built.release.data.servers.weather).toEqual({ bundle_required: true, may_grant: true });
});

test('a folder with /* is every package in it, and what lies beside them is none', async () => {
  const release = RELEASE.replace('[packages/weather, packages/writer]', '[packages/*]');
  const files = both({ 'release.yaml': release, 'packages/notes/README.md': 'none\n' });
  const { sources } = await buildSample(files, KERNEL);
  expect(sources.packages.map(({ manifest }) => manifest.name)).toEqual(['weather', 'writer-bot']);
});

test('a package of npm beside the policy folder is one by its scope and name', async () => {
  const moved = Object.entries(WEATHER).map(([path, text]) => [
    path.replace('packages/weather', 'node_modules/@acme/weather-mcp'),
    text,
  ]);
  const release = RELEASE.replace('packages/weather,', 'node_modules/@acme/weather-mcp,');
  const files = { ...WRITER, ...Object.fromEntries(moved), 'release.yaml': release };
  const { release: built, sources } = await buildSample(files, KERNEL);
  expect(sources.packages[0]?.part).toBe('packages/@acme/weather-mcp');
  expect(built.servers?.weather).toMatchObject({ cwd: 'node_modules/@acme/weather-mcp' });
});

const PACKAGE = 'packages/weather/bailiff.package.yaml';
const SAID_TWICE: readonly (readonly [string, Files, readonly RegExp[]])[] = [
  [
    'its server',
    { 'release.yaml': `${RELEASE}servers:\n  weather: { transport: http, url: "https://x.example" }\n` },
    [
      /^release\.yaml:10: said_twice: .*bailiff\.package\.yaml:5 too/,
      /^packages\S+:5: said_twice: .*release\.yaml:10 too/,
    ],
  ],
  [
    'where its bundle is',
    { 'release.yaml': RELEASE.replace('bundles:\n', 'bundles:\n  servers/weather: { path: servers/crm }\n') },
    [/^release\.yaml:5: said_twice/, /^packages\/weather\S+: said_twice: .*release\.yaml:5 too/],
  ],
  [
    'its agent',
    {
      'packages/writer/bailiff.package.yaml':
        'kind: agent\nname: bot\nversion: 1.0.0\nowner: cx\nagent: { scope: a, owner_team: b }\n',
    },
    [/^identity\/data\.yaml:2: said_twice: The agent `bot`/, /^packages\/writer\S+:2: said_twice/],
  ],
  [
    'its pins',
    {
      'release.yaml': `${RELEASE}tool_pins: pins.yaml\n`,
      'pins.yaml': `weather:\n  forecast: ${DIGEST}\n`,
    },
    [/^pins\.yaml:1: said_twice/, /^packages\/weather\S+:10: said_twice/],
  ],
  [
    'its catalogue entry, in another package',
    { 'packages/writer/bailiff.package.yaml': WEATHER[PACKAGE] },
    [
      /^packages\/weather\S+: said_twice: The server `weather`/,
      /^packages\/writer\S+: said_twice: The server `weather`/,
    ],
  ],
];

test.each(SAID_TWICE)('%s said twice is a finding at both places', async (_what, files, lines) => {
  const found = await refused(files);
  for (const line of lines) expect(found).toContainEqual(expect.stringMatching(line));
});

test.each([
  [
    'a package without its bundle',
    { 'packages/weather/bundle/bundle.yaml': undefined, 'packages/weather/bundle/weather.rego': undefined },
    /^packages\/weather\/bailiff\.package\.yaml:2: bundle_missing/,
  ],
  [
    'a folder without a package',
    { [PACKAGE]: undefined },
    /^release\.yaml:8: package_missing: .*packages\/weather/,
  ],
  [
    'a class that the catalogue does not declare',
    { [PACKAGE]: WEATHER[PACKAGE]?.replace('[customer_data]', '[secret]') },
    /^packages\/weather\S+:9: data_class_unknown: `secret`/,
  ],
  [
    'a right that it gives itself',
    { [PACKAGE]: `${WEATHER[PACKAGE]}may_grant: true\n` },
    /^packages\/weather\S+:11: key_unknown: `may_grant`/,
  ],
  [
    'a bundle outside its folder',
    { [PACKAGE]: `${WEATHER[PACKAGE]}bundle: ../writer/policy\n` },
    /^packages\/weather\S+:11: value_invalid: `bundle`/,
  ],
  [
    'a bundle of another name',
    { 'packages/weather/bundle/bundle.yaml': 'name: compliance\nversion: 1.0.0\nowner: x\n' },
    /^packages\/weather\/bundle\/bundle\.yaml:1: bundle_name_mismatch/,
  ],
  [
    'a registration that nothing brings',
    { 'release.yaml': RELEASE.replace('bundles:\n', 'bundles:\n  servers/gone: { may_grant: true }\n') },
    /^release\.yaml:5: bundle_without_source/,
  ],
  [
    'two folders of one name',
    { 'release.yaml': RELEASE.replace('packages/weather,', 'packages/weather, other/weather,') },
    /^release\.yaml:8: package_ambiguous/,
  ],
] as readonly (readonly [
  string,
  Files,
  RegExp,
])[])('%s is refused where it stands', async (_what, files, line) => {
  expect(await refused(files)).toContainEqual(expect.stringMatching(line));
});

test('the catalogue may say where a server’s bundle is, and policy does not see it', async () => {
  const files: Files = {
    'release.yaml': RELEASE.replace('  servers/crm: { path: servers/crm }\n', '').replace(
      /packages:.*\n/,
      '',
    ),
    'catalogue.yaml':
      'data_classes: {}\nregions: {}\nservers:\n  crm: { title: CRM, bundle: { path: servers/crm } }\n  everything: { title: E }\n',
  };
  const { release, data } = await buildSample(files, KERNEL);
  expect(Object.keys(release.data.bundles)).toEqual(['identity', 'servers/crm']);
  expect(data.catalogue).toMatchObject({ servers: { crm: { title: 'CRM' } } });
  expect(JSON.stringify([data.catalogue, release.catalogue])).not.toContain('"path"');

  const missing = { ...files, 'servers/crm/bundle.yaml': undefined, 'servers/crm/crm.rego': undefined };
  const found = await refusalsOf(missing);
  expect(found.map(lineOfFinding)).toEqual([expect.stringMatching(/^catalogue\.yaml:4: bundle_missing/)]);
});

test('a server whose required bundle has not arrived is in the release without it, so that its calls are refused and no others', async () => {
  const source = '{ kind: oci, reference: "registry.example/policy/crm:live" }';
  const byRelease: Files = {
    'release.yaml': RELEASE.replace('{ path: servers/crm }', `{ source: ${source} }`).replace(
      /packages:.*\n/,
      '',
    ),
  };
  const byCatalogue: Files = {
    'release.yaml': RELEASE.replace('  servers/crm: { path: servers/crm }\n', '').replace(
      /packages:.*\n/,
      '',
    ),
    'catalogue.yaml': `data_classes: {}\nregions: {}\nservers:\n  crm: { title: CRM, bundle: ${source} }\n  everything: { title: E }\n`,
  };
  for (const files of [byRelease, byCatalogue]) {
    const { release } = await buildSample(files, KERNEL);
    expect(release.data.servers.crm).toEqual({ bundle_required: true, may_grant: false });
    expect(release.data.bundles).not.toHaveProperty('servers/crm');
  }
});

test('a launch that may start something else tomorrow is warned of, at its row in release.yaml or in a package', async () => {
  const weather = WEATHER['packages/weather/bailiff.package.yaml']?.replace(
    'weather-mcp@1.4.0',
    'weather-mcp',
  );
  const servers = [
    'servers:',
    '  crm: { transport: stdio, command: uvx, args: [crm-mcp==1.2.0] }',
    '  everything:',
    '    transport: stdio',
    '    command: docker',
    '    args: [run, -i, "acme/everything:latest"]',
    '',
  ].join('\n');
  const changed = {
    'release.yaml': `${RELEASE}${servers}`,
    'packages/weather/bailiff.package.yaml': weather,
  };
  const { warnings } = await buildSample(both(changed));
  expect(warnings.map(({ file, row, code, mend }) => [file, row, code, mend])).toEqual([
    [
      'packages/weather/bailiff.package.yaml',
      5,
      'launch_unpinned',
      'Name one version: `@acme/weather-mcp@1.2.3`.',
    ],
    [
      'release.yaml',
      14,
      'launch_unpinned',
      'Name its digest, or at least the tag of one version: `acme/everything@sha256:…`.',
    ],
  ]);
  expect(warnings[0]?.detail).toContain('the package `@acme/weather-mcp`');
});
