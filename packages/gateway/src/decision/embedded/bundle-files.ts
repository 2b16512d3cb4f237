import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Failure } from '@bailiff/contract';
import { extract } from 'tar-stream';

/** What an engine needs of a release's bundle beside OPA: OPA's plan of its policy, and its data, both as JSON text. */
export interface PolicyFiles {
  readonly plan: string;
  readonly data: string;
}

/** Most bytes that one bundle may unpack to; a release of hundreds of rules has a plan of some ten million. */
const UNPACKED_BYTES_MAX = 536_870_912;

const PLAN = 'plan.json';
const DATA = 'data.json';

/**
 * Takes plan and data out of a bundle that `opa build -t plan` made.
 * @throws Failure `policy_unavailable` where one is missing, the bundle is larger than it may be, or is no bundle.
 */
export async function readPolicyFiles(
  bundle: Uint8Array,
  { unpackedBytesMax = UNPACKED_BYTES_MAX }: { readonly unpackedBytesMax?: number } = {},
): Promise<PolicyFiles> {
  const files = await filesIn(bundle, unpackedBytesMax).catch((cause: unknown) => {
    throw new Failure('policy_unavailable', 'The release cannot be unpacked, or is too large.', { cause });
  });
  const [plan, data] = [files.get(PLAN), files.get(DATA)];
  if (plan === undefined || data === undefined)
    throw new Failure('policy_unavailable', 'The release holds no plan.');
  return { plan, data };
}

async function filesIn(bundle: Uint8Array, maxOutputLength: number): Promise<ReadonlyMap<string, string>> {
  const unpacked: Buffer = await promisify(gunzip)(bundle, { maxOutputLength });
  const files = new Map<string, string>();
  const entries = extract();
  entries.end(unpacked);
  for await (const entry of entries) {
    const name = entry.header.name.replace(/^(\.?\/)+/, '');
    const chunks: Buffer[] = [];
    for await (const chunk of entry as AsyncIterable<Buffer>) if (isWanted(name)) chunks.push(chunk);
    if (isWanted(name))
      files.set(name, new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
  }
  return files;
}

function isWanted(name: string): boolean {
  return name === PLAN || name === DATA;
}
