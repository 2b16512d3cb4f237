import { hash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiKeyConfiguration, Failure, type Principal } from '@bailiff/contract';
import type { Command } from 'commander';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { loadConfiguration } from '../config.ts';
import { createAuthenticator } from '../context/authenticate.ts';
import { keyCommand } from './key.ts';
import { tokenCommand } from './token.ts';

let folder: string;
const file = () => join(folder, 'bailiff.yaml');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bailiff-token-'));
  await configure('identity: {development_issuer: true}');
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

const configure = (identity: string) =>
  writeFile(file(), `policy: {directory: .}\ndata_dir: data\n${identity}\n`);

/** What a command prints on standard output. */
async function printed(command: Command, ...words: string[]): Promise<string> {
  let text = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  command.exitOverride().configureOutput({ writeErr: () => undefined });
  try {
    await command.parseAsync(words, { from: 'user' });
  } finally {
    vi.restoreAllMocks();
  }
  return text;
}

async function accepted(headers: Record<string, string>): Promise<Principal> {
  const { configuration } = await loadConfiguration(file());
  return createAuthenticator({
    identity: configuration.identity,
    dataDirectory: configuration.data_dir,
    clock: Date.now,
    fetch,
    signal: new AbortController().signal,
  })(headers);
}

test('a token that was printed lets its agent in, and nothing else is printed', async () => {
  const words = [
    '--agent',
    'support-bot',
    '--user',
    'mara',
    '--via',
    'planner',
    'router',
    '--version',
    '3.2.0',
  ];
  const more = ['--conversation', 'c-81', '--permission', 'operator', '--ttl', '12h', '--config', file()];
  const text = await printed(tokenCommand(), ...words, ...more);
  expect(text).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  expect(await accepted({ authorization: `Bearer ${text.trim()}` })).toMatchObject({
    agentId: 'support-bot',
    userId: 'mara',
    chain: ['planner', 'router'],
    agentVersion: '3.2.0',
    conversation: 'c-81',
    permissions: new Set(['operator']),
  });
});

test('agents that handed on are named one after the other or together, in the order in which they did', async () => {
  const words = ['--agent', 'refund-bot', '--config', file()];
  for (const via of [
    ['--via', 'support-bot', '--via', 'planner-bot'],
    ['--via', 'support-bot', 'planner-bot'],
  ]) {
    const text = await printed(tokenCommand(), ...words, ...via);
    const { agentId, chain } = await accepted({ authorization: `Bearer ${text.trim()}` });
    expect([...chain, agentId]).toEqual(['support-bot', 'planner-bot', 'refund-bot']);
  }
  await expect(printed(tokenCommand(), ...words, '--via', '')).rejects.toThrow('never empty');
});

test('where the development issuer is off, the refusal says which key to set where', async () => {
  await configure('identity: {}');
  const thrown: unknown = await printed(tokenCommand(), '--agent', 'a', '--config', file()).catch(
    (failure: unknown) => failure,
  );
  expect(thrown).toBeInstanceOf(Failure);
  expect((thrown as Failure).detail).toContain(`Set identity.development_issuer: true in ${file()}`);
});

test.each([
  ['no agent', []],
  ['an empty agent', ['--agent', '']],
  ['a life of 13 hours', ['--agent', 'a', '--ttl', '13h']],
  ['a life of nothing', ['--agent', 'a', '--ttl', '0s']],
  ['a life in words', ['--agent', 'a', '--ttl', 'forever']],
  ['a permission that does not exist', ['--agent', 'a', '--permission', 'root']],
])('a token with %s is refused', async (_what, words) => {
  await expect(printed(tokenCommand(), ...words, '--config', file())).rejects.toThrow();
});

test('an API key that was printed lets its agent in with the entry that was printed', async () => {
  const text = await printed(
    keyCommand(),
    '--agent',
    'a: "b" #c',
    '--user',
    'mara',
    '--permission',
    'operator',
  );
  const [key = '', ...rest] = text.split('\n');
  const yaml = rest.join('\n').slice(rest.join('\n').indexOf('identity:'));
  expect(yaml).not.toContain(key);
  await configure(yaml);
  expect(await accepted({ 'x-api-key': key })).toMatchObject({
    agentId: 'a: "b" #c',
    userId: 'mara',
    permissions: new Set(['operator']),
  });
});

test('an API key can be printed for programs', async () => {
  const { key, entry } = JSON.parse(await printed(keyCommand(), '--agent', 'support-bot', '--json'));
  expect(ApiKeyConfiguration.parse(entry)).toMatchObject({
    agent: 'support-bot',
    sha256: hash('sha256', key),
  });
  expect(parse(JSON.stringify(entry))).toEqual(entry);
});
