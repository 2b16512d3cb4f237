import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Failure, type JsonObject, type Release } from '@bailiff/contract';
import { pack } from 'tar-stream';
import { composedEntries } from '../releases/contents/composed-files.ts';
import { isObject } from '../sources/document.ts';

/**
 * The same release without any override, under a policy version of its own, so that no engine takes one for the other. It
 * is there to be compared with, and never decides a call.
 * @throws Failure `bundle_invalid` where the bundle cannot be unpacked.
 */
export async function withoutOverrides(release: Release): Promise<Release> {
  const digest = createHash('sha256').update(`${release.digest} without overrides`).digest('hex');
  const [version = ''] = release.policyVersion.split('+');
  const policyVersion = `${version}+${digest.slice(0, 12)}`;
  const data = { ...release.data, policy_version: policyVersion, digest, overrides: [] };
  const changes: Changes = {
    'data.json': (document) => ({ ...document, release: data as unknown as JsonObject }),
    '.manifest': (document) => ({
      ...document,
      revision: policyVersion,
      ...(isObject(document.metadata) && {
        metadata: { ...document.metadata, policy_version: policyVersion, digest },
      }),
    }),
  };
  return { ...release, policyVersion, digest, data, bundle: await repacked(release.bundle, changes) };
}

type Changes = Readonly<Record<string, (document: JsonObject) => JsonObject>>;

async function repacked(bundle: Uint8Array, changes: Changes): Promise<Uint8Array> {
  try {
    const packed = pack();
    const whole = buffer(packed);
    for await (const { path, entry } of composedEntries(bundle)) {
      const content = await buffer(entry);
      const change = changes[path];
      const text = change && JSON.stringify(change(JSON.parse(content.toString('utf8')) as JsonObject));
      packed.entry({ name: entry.header.name, type: entry.header.type ?? 'file' }, text ?? content);
    }
    packed.finalize();
    return await promisify(gzip)(await whole);
  } catch (cause) {
    throw new Failure('bundle_invalid', 'The composed release cannot be unpacked.', { cause });
  }
}
