import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConfigurationFailure, loadConfiguration } from './config.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bailiff-config-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function load(text: string) {
  const file = join(folder, 'bailiff.yaml');
  await writeFile(file, text);
  return loadConfiguration(file);
}

async function findingsOf(text: string) {
  const thrown = await load(text).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (!(thrown instanceof ConfigurationFailure))
    throw new Error('the configuration was accepted', { cause: thrown });
  return thrown.findings;
}

describe('a configuration file', () => {
  test('is completed with defaults and absolute paths', async () => {
    const { configuration } = await load(
      'policy: { directory: ./policy }\nservers:\n  crm: { transport: stdio, command: node }\n',
    );
    expect(configuration.listen).toMatchObject({ host: '127.0.0.1', port: 7070 });
    expect(configuration.policy.directory).toBe(join(folder, 'policy'));
    expect(configuration.servers.crm).toMatchObject({ cwd: folder, region: 'unknown' });
    expect(configuration.record.mode).toBe('strict');
  });

  test.each([
    ['an unknown key', 'policy:\n  directory: x\n  directry: y\n', 3, 'policy.directry', /not known/],
    ['an unknown top-level key', 'policy: { directory: x }\npolicys: 1\n', 2, 'policys', /not known/],
    ['a missing key', 'listen:\n  port: 1\n', 1, 'policy', /missing/],
    [
      'a value of the wrong type',
      'policy: { directory: x }\nlisten:\n  host: a\n  port: high\n',
      4,
      'listen.port',
      /expected number/,
    ],
    ['a value out of range', 'policy: { directory: x }\nlisten:\n  port: 70000\n', 3, 'listen.port', /65535/],
    [
      'a key given twice',
      'policy: { directory: x }\npolicy: { directory: y }\n',
      2,
      'policy',
      /unique. Keep one/i,
    ],
    ['broken YAML', 'policy: {\n', 2, 'policy', /close every bracket/],
    [
      'a server name with a dot',
      'policy: { directory: x }\nservers:\n  a.b: { transport: stdio, command: x }\n',
      3,
      'servers.a.b',
      /lower case, digits and underscores/,
    ],
    [
      'a weak key digest',
      'policy: { directory: x }\nidentity:\n  api_keys:\n    - { id: a, sha256: abc, agent: b }\n',
      4,
      'identity.api_keys.0.sha256',
      /64 lower-case hexadecimal digits. `\.\/bailiff key` makes a key/,
    ],
    ['text in place of an object', 'policy: x\n', 1, 'policy', /Write keys below it/],
    [
      'a number in place of text',
      'policy:\n  directory: 7\n',
      2,
      'policy.directory',
      /Write text, in quotes/,
    ],
    [
      'a word that is none of a list',
      'policy: { directory: x }\nrecord:\n  mode: fast\n',
      3,
      'record.mode',
      /Write `strict` or `buffered`/,
    ],
    [
      'an unknown transport',
      'policy: { directory: x }\nservers:\n  crm:\n    transport: tcp\n',
      4,
      'servers.crm.transport',
      /Write `stdio` or `http`/,
    ],
    [
      'a server without transport',
      'policy: { directory: x }\nservers:\n  crm:\n    command: node\n',
      3,
      'servers.crm.transport',
      /Write `stdio` or `http`/,
    ],
    [
      'a value inside a record',
      'policy: { directory: x }\nenvironment:\n  flags:\n    freeze: 1\n',
      4,
      'environment.flags.freeze',
      /Write `true` or `false`/,
    ],
    [
      'a variable that is neither text nor named',
      'policy: { directory: x }\nservers:\n  crm: { transport: stdio, command: x, env: { A: 7 } }\n',
      3,
      'servers.crm.env.A',
      /Write text, or `\{ env: NAME \}`/,
    ],
    [
      'an address that is none',
      'policy: { directory: x }\nservers:\n  crm: { transport: http, url: crm }\n',
      3,
      'servers.crm.url',
      /Write a whole address/,
    ],
    [
      'an empty list',
      'policy: { directory: x }\nidentity:\n  issuers:\n    - { issuer: a, audience: b, jwks_url: "http://c", algorithms: [] }\n',
      4,
      'identity.issuers.0.algorithms',
      /Name 1 or more/,
    ],
    ['a tab', 'policy: { directory: x }\nlisten:\n\tport: 1\n', 3, 'listen', /Indent with spaces/],
    [
      'a nested key given twice',
      'policy: { directory: x }\nlisten:\n  port: 1\n  port: 2\n',
      4,
      'listen.port',
      /Keep one of the two/,
    ],
    ['an alias of nothing', 'policy: { directory: *x }\n', 1, 'policy.directory', /in quotes/],
    [
      'two documents',
      'policy: { directory: x }\n---\nlisten: {}\n',
      2,
      'policy.directory',
      /several documents. Remove/,
    ],
  ])('is refused for %s, naming row and key', async (_what, text, row, key, detail) => {
    const [first] = await findingsOf(text);
    expect(first).toMatchObject({ row, key });
    expect(first?.detail).toMatch(detail);
  });

  test('that is empty or missing is refused', async () => {
    expect((await findingsOf(''))[0]?.detail).toMatch(/empty/);
    await expect(loadConfiguration(join(folder, 'none.yaml'))).rejects.toThrow(/no such file/);
  });

  test('names everything that is wrong at once, by row', async () => {
    const findings = await findingsOf(
      'environment: 7\nunknown: 1\nrecord: { mode: fast }\nlisten: { port: -1 }\n',
    );
    expect(findings.map(({ row, key }) => [row, key])).toEqual([
      [1, 'environment'],
      [1, 'policy'],
      [2, 'unknown'],
      [3, 'record.mode'],
      [4, 'listen.port'],
    ]);
  });

  test('may use an alias of what it anchors', async () => {
    const { configuration } = await load('policy: { directory: &here x }\ndata_dir: *here\n');
    expect(configuration.data_dir).toBe(join(folder, 'x'));
  });

  test.each([
    ['the data folder is a file', 'data_dir: bailiff.yaml', 'data_dir', /is a file/],
    ['the data folder lies below a file', 'data_dir: bailiff.yaml/x', 'data_dir', /is a file/],
    ['OPA is not there', 'engine: { opa: none/opa }', 'engine.opa', /is not there\. Name an `opa`/],
    ['OPA may not be executed', 'engine: { opa: bailiff.yaml }', 'engine.opa', /is not executable/],
    ['OPA is a folder', 'engine: { opa: . }', 'engine.opa', /is no file/],
  ])('is refused where %s', async (_what, text, key, detail) => {
    const findings = await findingsOf(`policy: { directory: x }\n${text}\n`);
    expect(findings).toEqual([
      expect.objectContaining({ row: 2, key, detail: expect.stringMatching(detail) }),
    ]);
  });
});
