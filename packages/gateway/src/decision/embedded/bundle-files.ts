import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Failure } from '@bailiff/contract';
import { extract } from 'tar-stream';

/** What an engine needs of a release's bundle beside OPA: OPA's plan of its policy, and its data, both as JSON text. */
export interface PolicyFiles {
  readonly plan: string;
  readonly data: string;
}

/** Most bytes that are taken out of one bundle; a release of hundreds of rules has a plan of some ten million. */
const UNPACKED_BYTES_MAX = 536_870_912;

/**
 * Takes plan and data out of a bundle that `opa build -t plan` made.
 * @throws Failure `policy_unavailable` where one is missing or the bundle is larger than it may be.
 */
export async function readPolicyFiles(bundle: Uint8Array): Promise<PolicyFiles> {
  const files = new Map<string, string>();
  let bytes = 0;
  const entries = Readable.from([bundle]).pipe(createGunzip()).pipe(extract());
  for await (const entry of entries) {
    const name = entry.header.name.replace(/^(\.?\/)+/, '');
    const chunks: Buffer[] = [];
    for await (const chunk of entry as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > UNPACKED_BYTES_MAX) throw new Failure('policy_unavailable', 'The release is too large.');
      if (name === PLAN || name === DATA) chunks.push(chunk);
    }
    if (name === PLAN || name === DATA) files.set(name, Buffer.concat(chunks).toString('utf8'));
  }
  const [plan, data] = [files.get(PLAN), files.get(DATA)];
  if (plan === undefined || data === undefined)
    throw new Failure('policy_unavailable', 'The release holds no plan.');
  return { plan, data };
}

const PLAN = 'plan.json';
const DATA = 'data.json';
