import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { type ParsedModules, parseModules } from './analysis/parse.ts';
import type { ParsedModule } from './analysis/syntax.ts';
import { runOpa } from './opa.ts';
import { OPA } from './testing/sample-release.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bailiff-opa-'));
});
afterEach(() => void vi.unstubAllEnvs());
afterAll(() => rm(folder, { recursive: true, force: true }));

const { signal } = new AbortController();

async function executable(text: string): Promise<string> {
  const path = join(folder, 'fake');
  await writeFile(path, text);
  await chmod(path, 0o755);
  return path;
}

test('a run collects garbage less often than Go does by itself, unless the environment says how, and has the rest of it', async () => {
  const opa = await executable('#!/bin/sh\necho "$GOGC $SAMPLE"\n');
  vi.stubEnv('SAMPLE', 'inherited');
  vi.stubEnv('GOGC', undefined);
  expect((await runOpa({ opa, cwd: folder, signal }, [])).stdout).toBe('400 inherited\n');
  vi.stubEnv('GOGC', '50');
  expect((await runOpa({ opa, cwd: folder, signal }, [])).stdout).toBe('50 inherited\n');
});

test('a run gives way to what decides', async () => {
  const opa = await executable('#!/bin/sh\nsleep 0.1\nnice\n');
  const { stdout } = await runOpa({ opa, cwd: folder, signal }, []);
  expect(Number(stdout)).toBe(getPriority() + 5);
});

test('a run that is stopped has ended when that is told, and writes nothing more', async () => {
  const opa = await executable('#!/bin/sh\necho $$ > started\nexec sleep 60\n');
  const stopping = new AbortController();
  const run = runOpa({ opa, cwd: folder, signal: stopping.signal }, []);
  const pid = await vi.waitFor(async () => {
    const text = await readFile(join(folder, 'started'), 'utf8');
    expect(text).not.toBe('');
    return Number(text);
  });
  stopping.abort(new Error('not wanted'));
  await expect(run).rejects.toThrow('not wanted');
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});

test('a file that was parsed before is parsed by nobody again, whatever it is called and wherever it lies', async () => {
  const known: ParsedModules & Map<string, ParsedModule> = new Map();
  const parsed = async (opa: string, file: string) => {
    const cwd = await mkdtemp(join(folder, 'run-'));
    const source = { file, path: file, text: 'package servers.crm\n\nx := 1\n' };
    return await parseModules([{ bundle: 'servers/crm', source }], { opa, cwd, signal }, known);
  };
  const { modules } = await parsed(OPA, 'crm/a.rego');
  const failing = await executable('#!/bin/sh\necho "asked again" >&2\nexit 1\n');
  const again = await parsed(failing, 'elsewhere/b.rego');
  expect(again.findings).toEqual([]);
  expect(again.modules.map(({ syntax }) => syntax)).toEqual(modules.map(({ syntax }) => syntax));
});

test('a run that cannot begin, takes too long or says too much says so', async () => {
  const there = { cwd: folder, signal };
  await expect(runOpa({ opa: join(folder, 'nowhere'), ...there }, ['parse'])).rejects.toMatchObject({
    code: 'configuration_invalid',
  });
  await expect(runOpa({ opa: 'no-such-opa', ...there }, ['parse'])).rejects.toMatchObject({
    code: 'configuration_invalid',
  });
  const sleeping = await executable('#!/bin/sh\nexec sleep 60\n');
  await expect(runOpa({ opa: sleeping, ...there, timeoutMs: 50 }, ['parse'])).rejects.toMatchObject({
    code: 'policy_unavailable',
    detail: '`opa parse` did not end as it should.',
  });
  const chatty = await executable('#!/bin/sh\nexec yes\n');
  await expect(runOpa({ opa: chatty, ...there }, ['parse'])).rejects.toMatchObject({
    code: 'policy_unavailable',
  });
});
