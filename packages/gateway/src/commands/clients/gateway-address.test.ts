import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Configuration } from '@bailiff/contract';
import { expect, test } from 'vitest';
import { listenLocally } from '../../listener.ts';
import { localSocketPath, makeSocketFolder } from '../../stores/local-socket.ts';
import { goesThrough, presentAddress } from './gateway-address.ts';

const loadedFor = (data_dir: string, port = 7070) => ({
  file: 'bailiff.yaml',
  configuration: Configuration.parse({ policy: { directory: '.' }, listen: { port }, data_dir }),
});

async function dataFolder() {
  const path = await mkdtemp(join(tmpdir(), 'bailiff-address-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

test('clients are sent where the gateway listens, also when it was started with another port', async () => {
  await using folder = await dataFolder();
  const loaded = loadedFor(folder.path);
  expect(await presentAddress(loaded)).toEqual({ url: 'http://127.0.0.1:7070' });
  const path = localSocketPath(folder.path);
  await using _folder = await makeSocketFolder(path);
  await using _listening = await listenLocally({
    path,
    url: 'http://0.0.0.0:7071',
    handle: (_request, response) => void response.end(),
    refused: () => '',
    connected: () => undefined,
  });
  const address = await presentAddress(loaded);
  expect(address).toEqual({ url: 'http://127.0.0.1:7071', alias: 'http://127.0.0.1:7070' });
  const leads = (url: string) => goesThrough({ kind: 'http', url, sse: false, headers: {} }, address);
  expect(['7070', '7071', '7072'].map((port) => leads(`http://127.0.0.1:${port}/mcp/crm`))).toEqual([
    true,
    true,
    false,
  ]);
});

test('no client is sent to a port that is another one at every start', async () => {
  await using folder = await dataFolder();
  await expect(presentAddress(loadedFor(folder.path, 0))).rejects.toMatchObject({
    detail: expect.stringContaining('Name a port'),
  });
});
