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
    ['a key given twice', 'policy: { directory: x }\npolicy: { directory: y }\n', 2, '', /unique/i],
    ['broken YAML', 'policy: {\n', 2, '', /./],
    [
      'a server name with a dot',
      'policy: { directory: x }\nservers:\n  a.b: { transport: stdio, command: x }\n',
      3,
      'servers.a.b',
      /./,
    ],
    [
      'a weak key digest',
      'policy: { directory: x }\nidentity:\n  api_keys:\n    - { id: a, sha256: abc, agent: b }\n',
      4,
      'identity.api_keys.0.sha256',
      /./,
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

  test('names everything that is wrong at once', async () => {
    expect(await findingsOf('listen: { port: -1 }\nunknown: 1\n')).toHaveLength(3);
  });
});
