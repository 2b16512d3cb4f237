import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { OPA, sampleRelease } from '../../distribution/testing/sample-release.ts';
import { listenLocally } from '../../listener.ts';
import { localSocketPath, makeSocketFolder } from '../../stores/local-socket.ts';
import { examine } from './doctor.ts';

beforeAll(() => {
  process.env.BAILIFF_OPA = OPA;
});

/** What the doctor finds with this configuration beside the sample release. */
async function everythingWith(
  configuration: readonly string[],
  files = {},
  meanwhile: (dataDirectory: string) => Promise<AsyncDisposable | undefined> = async () => undefined,
) {
  const text = ['policy: { directory: policy }', ...configuration, ''].join('\n');
  await using sample = await sampleRelease({ ...files, '../bailiff.yaml': text });
  await using _running = await meanwhile(join(sample.directory, '../.bailiff'));
  return await examine(join(sample.directory, '../bailiff.yaml'));
}

/** As above, but for the port, which is the machine’s. */
async function findingsWith(configuration: readonly string[], files = {}) {
  return (await everythingWith(configuration, files)).filter(({ what }) => what !== 'gateway');
}

/** A gateway that listens at an address and, as every one does, on its local socket. */
const listeningAt =
  (url: string, { status }: { readonly status: number }) =>
  async (dataDirectory: string): Promise<AsyncDisposable> => {
    const path = localSocketPath(dataDirectory);
    const opened = new AsyncDisposableStack();
    opened.use(await makeSocketFolder(path));
    opened.use(
      await listenLocally({
        path,
        url,
        handle: (_request, response) => void response.writeHead(status).end(),
        refused: () => '',
        connected: () => undefined,
      }),
    );
    return opened;
  };

test('all is found where all is there', async () => {
  const findings = await findingsWith(['servers:', '  crm: { transport: stdio, command: node }']);
  expect(findings.map(({ what, ok, mend }) => [what, ok, mend])).toEqual([
    ['node', true, undefined],
    ['configuration', true, undefined],
    ['opa', true, undefined],
    ['policy', true, undefined],
    ['data folder', true, undefined],
    ['server crm', true, undefined],
  ]);
});

test('a configured server that the release does not register is missing, with its row and the mend', async () => {
  const findings = await findingsWith([
    'servers:',
    '  everything: { transport: http, url: "http://127.0.0.1:1" }',
    '  ghost: { transport: stdio, command: node }',
  ]);
  expect(findings.filter(({ ok }) => !ok)).toEqual([
    {
      what: 'server ghost',
      ok: false,
      detail: expect.stringMatching(/bailiff\.yaml:4: server_unregistered: /),
      mend: expect.stringMatching(/`servers\/ghost`.*`servers_without_bundle`.*policy\/release\.yaml/),
    },
  ]);
});

test('a configured server that the catalogue does not list is told with its mend, and nothing is missing for that', async () => {
  const release = 'name: sample\nversion: 1.2.3\ncatalogue: catalogue.yaml\n';
  const bundles = ['identity', 'resource', 'compliance', 'overrides', 'servers/crm']
    .map((name) => `  ${name}: { path: ${name} }\n`)
    .join('');
  const findings = await findingsWith(['servers:', '  bare: { transport: stdio, command: node }'], {
    'release.yaml': `${release}bundles:\n${bundles}servers_without_bundle: [everything, bare]\n`,
  });
  expect(findings.filter(({ mend }) => mend !== undefined)).toEqual([
    expect.objectContaining({
      what: 'server bare',
      ok: true,
      detail: expect.stringMatching(/bailiff\.yaml:3: server_uncatalogued: /),
    }),
  ]);
});

test('a bundle without rules is told with its mend, and nothing is missing for that', async () => {
  const findings = await findingsWith([], { 'resource/resource.rego': 'package policy.resource\n' });
  expect(findings.filter(({ mend }) => mend !== undefined)).toEqual([
    expect.objectContaining({
      what: 'policy',
      ok: true,
      detail: expect.stringContaining('resource/bundle.yaml:1: bundle_without_rules'),
    }),
  ]);
});

test('what is configured as OPA and is none is missing, in one line', async () => {
  const findings = await findingsWith(['engine: { opa: /bin/true }']);
  const opa = findings.find(({ what }) => what === 'opa');
  expect(opa).toMatchObject({
    ok: false,
    detail: expect.stringMatching(/^engine\.opa: \/bin\/true is no OPA/),
  });
  expect(findings.find(({ what }) => what === 'policy')?.ok).toBe(false);
});

test('a data folder that is a file is an error of the configuration', async () => {
  const findings = await findingsWith(['data_dir: bailiff.yaml']);
  expect(findings.find(({ what }) => what === 'configuration')).toMatchObject({
    ok: false,
    detail: expect.stringMatching(/bailiff\.yaml:2: data_dir: .* Name a folder/),
  });
});

test('a variable that the configuration names and that is not set is missing, with its row and the mend', async () => {
  const findings = await findingsWith([
    'servers:',
    '  crm:',
    '    transport: stdio',
    '    command: node',
    '    env: { PLAIN: text, PATH_OF_IT: { env: PATH }, KEY: { env: BAILIFF_TEST_UNSET } }',
  ]);
  expect(findings.filter(({ ok }) => !ok)).toEqual([
    {
      what: 'variable BAILIFF_TEST_UNSET',
      ok: false,
      detail: expect.stringMatching(/bailiff\.yaml:6: servers\.crm\.env\.KEY takes its value from it/),
      mend: expect.stringMatching(/^Set BAILIFF_TEST_UNSET in the environment/),
    },
  ]);
});

test('a gateway that runs for the data folder is found wherever it listens', async () => {
  const found = await everythingWith(
    ['listen: { port: 7999 }'],
    {},
    listeningAt('http://127.0.0.1:45678', { status: 200 }),
  );
  expect(found.find(({ what }) => what === 'gateway')).toEqual({
    what: 'gateway',
    ok: true,
    detail: 'http://127.0.0.1:45678 answers 200; the configuration says http://127.0.0.1:7999',
  });
});

test('a gateway that runs and is not ready is missing', async () => {
  const found = await everythingWith(
    ['listen: { port: 0 }'],
    {},
    listeningAt('http://127.0.0.1:45678', { status: 503 }),
  );
  expect(found.find(({ what }) => what === 'gateway')).toMatchObject({
    ok: false,
    detail: expect.stringMatching(/^http:\/\/127\.0\.0\.1:45678 answers 503/),
  });
});

test('where any free port is wanted and no gateway runs, that is told', async () => {
  const found = await everythingWith(['listen: { port: 0 }']);
  expect(found.find(({ what }) => what === 'gateway')).toMatchObject({
    ok: true,
    detail: 'not running; it would take any free port',
  });
});
