import { z } from 'zod';
import type { BundleFiles } from '../sources/bundle-files.ts';
import { type Reading, readDocument, validateDocument } from '../sources/document.ts';
import { type Refused, refused } from './refusal.ts';

/** Where OPA keeps what a bundle says of itself. */
export const MANIFEST_FILE = '.manifest';

/** OPA’s manifest of a part. Anything else that OPA would heed there, such as WebAssembly, is refused. */
export const PartManifest = z.strictObject({
  revision: z.string().regex(/^\d+\.\d+\.\d+\+[0-9a-f]{12}$/),
  roots: z.array(z.string()),
  rego_version: z.literal(1),
  metadata: z.strictObject({
    name: z.string(),
    version: z.string(),
    owner: z.string(),
    author: z.string().max(200),
    digest: z.string().regex(/^[0-9a-f]{64}$/),
  }),
});
export type PartManifest = z.infer<typeof PartManifest>;

/** What a manifest has to say of a bundle. */
export interface PartFacts {
  readonly name: string;
  readonly root: readonly string[];
  readonly version: string;
  readonly owner: string;
  readonly author: string;
  readonly digest: string;
}

/** Roots of a part: its own, and its tests’ beside it. */
export function rootsOf(root: readonly string[]): string[] {
  const own = root.join('/');
  return [own, `${own}_test`];
}

/** `<semver>+<12 hex of the digest>`. */
function revisionOf({ version, digest }: Pick<PartFacts, 'version' | 'digest'>): string {
  return `${version}+${digest.slice(0, 12)}`;
}

/** The manifest of a part. */
export function manifestOf(facts: PartFacts): PartManifest {
  const { name, root, version, owner, author, digest } = facts;
  return {
    revision: revisionOf(facts),
    roots: rootsOf(root),
    rego_version: 1,
    metadata: { name, version, owner, author, digest },
  };
}

/** The manifest among a part’s files; undefined where there is none. `name` is the bundle’s, for findings. */
export function readManifest(files: BundleFiles, name: string): Reading<PartManifest> | undefined {
  const bytes = files.get(MANIFEST_FILE);
  if (bytes === undefined) return undefined;
  const file = `${name}/${MANIFEST_FILE}`;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    JSON.parse(text);
  } catch {
    return manifestRefused(file, 'The manifest is not JSON in UTF-8.');
  }
  const document = readDocument({ file, text });
  return document.kind === 'read' ? validateDocument(document.value, PartManifest) : document;
}

/** What of a manifest differs from what the files say; undefined where it agrees. */
export function manifestFault(manifest: PartManifest, facts: PartFacts, name: string): Refused | undefined {
  const wanted = manifestOf(facts);
  const said: readonly (readonly [what: string, is: string, should: string])[] = [
    ['metadata.name', manifest.metadata.name, wanted.metadata.name],
    ['metadata.version', manifest.metadata.version, wanted.metadata.version],
    ['metadata.owner', manifest.metadata.owner, wanted.metadata.owner],
    ['metadata.author', manifest.metadata.author, wanted.metadata.author],
    ['metadata.digest', manifest.metadata.digest, wanted.metadata.digest],
    ['revision', manifest.revision, wanted.revision],
    ['roots', [...manifest.roots].sort().join(', '), wanted.roots.join(', ')],
  ];
  const differing = said.filter(([, is, should]) => is !== should);
  if (differing.length === 0) return undefined;
  const words = differing.map(([what, is, should]) => `\`${what}\` is \`${is}\` and should be \`${should}\``);
  return manifestRefused(
    `${name}/${MANIFEST_FILE}`,
    `The manifest does not fit the files: ${words.join(', ')}.`,
  );
}

function manifestRefused(file: string, detail: string): Refused {
  const mend = 'Make the bundle again with `./bailiff bundle build`.';
  return refused(file, 'part_manifest_invalid', { detail, mend });
}
