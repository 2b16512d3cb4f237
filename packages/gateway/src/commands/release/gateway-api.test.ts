import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '@bailiff/contract';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ControlServer } from '../../control/testing/control-server.ts';
import { makeDataFolder } from '../../stores/data-folder.ts';
import { GatewayApi } from './gateway-api.ts';

let server: ControlServer;
let folder = '';
let config = '';
beforeEach(async () => {
  server = await ControlServer.start();
  folder = await mkdtemp(join(tmpdir(), 'bailiff-gateway-api-'));
  config = join(folder, 'bailiff.yaml');
  await makeDataFolder(join(folder, 'data'));
  await writeFile(
    config,
    'policy: { directory: policy }\ndata_dir: data\nidentity: { development_issuer: true }\n',
  );
  vi.stubEnv('BAILIFF_TOKEN', '');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function refusal(token?: string): Promise<Failure> {
  const api = await GatewayApi.open({ config, url: server.url, ...(token && { token }) });
  const thrown: unknown = await api.get('v1/releases/status').catch((failure: unknown) => failure);
  if (thrown instanceof Failure) return thrown;
  throw new Error('It was not refused.');
}

test('a credential of BAILIFF_TOKEN that lacks the permission is told of as such, with what to do here', async () => {
  vi.stubEnv('BAILIFF_TOKEN', 'agent');
  const { code, detail } = await refusal();
  expect(code).toBe('forbidden');
  expect(detail).toContain('BAILIFF_TOKEN is set here, and its credential lacks the permission operator');
  expect(detail).toContain('unset BAILIFF_TOKEN');
  expect(detail).toMatch(/bailiff token --agent A --permission operator --config \S*bailiff\.yaml`/);
});

test('a credential of --token that lacks it is told of by its own name', async () => {
  vi.stubEnv('BAILIFF_TOKEN', 'operator');
  const { detail } = await refusal('agent');
  expect(detail).toContain('The credential of --token lacks the permission operator');
  expect(detail).not.toContain('BAILIFF_TOKEN is set');
});

test('where the gateway does not take the command’s own credential, its configuration is another one', async () => {
  const { code, detail } = await refusal();
  expect(code).toBe('unauthenticated');
  expect(detail).toMatch(/made its credential by \S*bailiff\.yaml\..*name that with --config/);
});
