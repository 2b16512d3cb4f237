import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Fetched } from '../../../distribution/delivery/bundle-fetcher.ts';
import { OPA } from '../../../distribution/testing/sample-release.ts';
import type { OciOrigin } from '../oci/oci-fetcher.ts';

/** A bundle as `opa build` packs it: `data.greeting.word` is `word`. */
export async function sampleBundle(word: string): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'bailiff-sample-'));
  try {
    await writeFile(join(folder, 'greeting.rego'), `package greeting\n\nword := ${JSON.stringify(word)}\n`);
    await writeFile(join(folder, '.manifest'), JSON.stringify({ roots: ['greeting'] }));
    await promisify(execFile)(OPA, ['build', '--bundle', folder, '--output', join(folder, 'out.tar.gz')]);
    return new Uint8Array(await readFile(join(folder, 'out.tar.gz')));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Files below a folder, made with the folders they lie in. */
export async function writeBundle(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** A compact JWS in form, which is all that a source looks at. */
export function jwsOf(statement: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'ES256' })}.${part(statement)}.${'s'.repeat(86)}`;
}

/** Of a registry, with what the schema has as defaults but for a size limit of a mebibyte. */
export function originOf(reference: string, more: Partial<OciOrigin> = {}): OciOrigin {
  return {
    kind: 'oci',
    reference,
    cadence_seconds: 30,
    size_limit_bytes: 1_048_576,
    local_development: false,
    ...more,
  };
}

/** The bytes that a look found. @throws when it found no archive. */
export function archiveOf(fetched: Fetched): Uint8Array {
  if (fetched.kind !== 'found' || fetched.content.kind !== 'archive')
    throw new Error(JSON.stringify(fetched));
  return fetched.content.bytes;
}
