import { gunzipSync, gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { describe, expect, test } from 'vitest';
import { readPolicyFiles } from './bundle-files.ts';

async function bundleOf(files: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const tar = pack();
  for (const [name, content] of Object.entries(files)) tar.entry({ name }, content);
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk);
  return gzipSync(Buffer.concat(chunks));
}

const UNPACKED = { code: 'policy_unavailable', detail: 'The release cannot be unpacked, or is too large.' };
const NO_PLAN = { code: 'policy_unavailable', detail: 'The release holds no plan.' };

test('plan and data are taken out of a bundle, whatever else is in it', async () => {
  const bundle = await bundleOf({
    '/.manifest': '{}',
    '/plan.json': '{"plan":"ü"}',
    '/data.json': '{"data":1}',
    '/policy/data.json': 'another',
    'rules.rego': 'package rules',
  });
  expect(await readPolicyFiles(bundle)).toEqual({ plan: '{"plan":"ü"}', data: '{"data":1}' });
});

describe('a bundle that cannot be used is refused with a reason', () => {
  test.each([
    ['without a plan', { '/data.json': '{}' }],
    ['without data', { '/plan.json': '{}' }],
    ['with nothing in it', {}],
    ['with a plan elsewhere', { '/policy/plan.json': '{}', '/data.json': '{}' }],
  ])('%s', async (_what, files) => {
    await expect(readPolicyFiles(await bundleOf(files))).rejects.toMatchObject(NO_PLAN);
  });

  test.each<[string, () => Promise<Uint8Array>]>([
    ['no bytes', async () => new Uint8Array()],
    ['no gzip', async () => Buffer.from('rubbish, and more of it')],
    ['no tar', async () => gzipSync('x'.repeat(2_000))],
    ['one that was cut', async () => (await bundleOf({ '/plan.json': 'x'.repeat(5_000) })).subarray(0, 60)],
    ['a tar that was cut', async () => gzipSync((await tarOf('y'.repeat(5_000))).subarray(0, 1_024))],
    [
      'a plan that is no UTF-8',
      () => bundleOf({ '/plan.json': Buffer.from([0x22, 0xff, 0x22]), '/data.json': '{}' }),
    ],
  ])('%s', async (_what, made) => {
    await expect(readPolicyFiles(await made())).rejects.toMatchObject(UNPACKED);
  });

  test('one that unpacks to more than it may, without it being unpacked', async () => {
    const bomb = await bundleOf({ '/plan.json': '{}', '/data.json': '{}', bomb: Buffer.alloc(20_000_000) });
    expect(bomb.length).toBeLessThan(100_000);
    await expect(readPolicyFiles(bomb, { unpackedBytesMax: 1_000_000 })).rejects.toMatchObject(UNPACKED);
  });
});

async function tarOf(plan: string): Promise<Buffer> {
  return gunzipSync(await bundleOf({ '/plan.json': plan }));
}
