/** A small bundle, keys and what is made of them, for tests that break them. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BundleRegistration, type TrustedKey } from '@bailiff/contract';
import type { BundleFiles } from '../../sources/bundle-files.ts';
import type { Reading } from '../../sources/document.ts';
import { SourceFolder } from '../../sources/folder.ts';
import { metadata, OPA } from '../../testing/sample-release.ts';
import { packPart } from '../pack-part.ts';
import { signPart } from '../signing/sign-part.ts';
import { type PartKeys, readTrustedKeys } from '../signing/trusted-keys.ts';
import { verifyPart } from '../verify-part.ts';

/** When tests sign and verify, unless they say otherwise. */
export const NOW_MS = Date.UTC(2026, 10, 22, 12);

export const LIMIT_BYTES = 1_048_576;

/** Files of a bundle’s folder, by path. */
export function filesOf(texts: Readonly<Record<string, string>>): BundleFiles {
  const encoder = new TextEncoder();
  return new Map(Object.entries(texts).map(([path, text]) => [path, encoder.encode(text)]));
}

export const SAMPLE_TEXTS = {
  'bundle.yaml': 'name: compliance\nversion: 1.2.0\nowner: privacy\n',
  'compliance.rego': `package policy.compliance\n\n${metadata('too_many_rows')}deny contains "rows" if input.action.args.rows > data.policy.compliance.rows_max\n`,
  'compliance_test.rego':
    'package policy.compliance_test\n\ntest_rows if "rows" in data.policy.compliance.deny with input.action.args.rows as 51\n',
  'data.yaml': '# how many\nrows_max: 50\nshare: 0.5\nnames: [ü, "a"]\n',
  'README.md': 'Compliance.\n',
};

/** A key pair on disk, and how the registry names it. */
export interface SampleKey {
  readonly id: string;
  readonly algorithm: TrustedKey['algorithm'];
  /** Private half. */
  readonly file: string;
  readonly publicFile: string;
  readonly publicPem: string;
  readonly privateKey: KeyObject;
}

/** A folder of keys that goes with its owner. */
export interface KeyFolder extends AsyncDisposable {
  readonly directory: string;
  make(id: string, algorithm?: TrustedKey['algorithm']): Promise<SampleKey>;
  /** The keys as verifiers know them. */
  trusted(
    keys: readonly (readonly [SampleKey, Partial<TrustedKey> & { person: string }])[],
  ): Promise<PartKeys>;
}

export async function keyFolder(): Promise<KeyFolder> {
  const directory = await mkdtemp(join(tmpdir(), 'bailiff-keys-'));
  return {
    directory,
    make: async (id, algorithm = 'ES256') => {
      const { privateKey, publicKey } = pairFor(algorithm);
      const file = join(directory, `${id}.pem`);
      const publicFile = join(directory, `${id}.pub`);
      const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
      await writeFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }));
      await writeFile(publicFile, publicPem);
      return { id, algorithm, file, publicFile, publicPem, privateKey };
    },
    trusted: async (keys) => {
      const named = keys.map(([{ id, publicFile, algorithm }, rest]) => [
        id,
        { file: publicFile, algorithm, ...rest },
      ]);
      return readingOf(await readTrustedKeys(Object.fromEntries(named), new SourceFolder(directory)));
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

function pairFor(algorithm: TrustedKey['algorithm']) {
  switch (algorithm) {
    case 'ES256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' });
    case 'ES384':
      return generateKeyPairSync('ec', { namedCurve: 'P-384' });
    default:
      return generateKeyPairSync('rsa', { modulusLength: 2_048 });
  }
}

/** The value of a reading that a test expects to be read. */
export function readingOf<Value>(reading: Reading<Value>): Value {
  if (reading.kind === 'read') return reading.value;
  throw new Error(JSON.stringify(reading.findings, null, 2));
}

/** Codes of the findings of a reading; `read` where there are none. */
export function codesOf(reading: Reading<unknown>): string {
  return reading.kind === 'read' ? 'read' : reading.findings.map(({ code }) => code).join(' ');
}

/** A bundle, packed and signed. */
export async function signedSample(
  key: SampleKey,
  {
    texts = SAMPLE_TEXTS,
    name = 'compliance',
    author = 'ada',
    expiresInSeconds = 86_400,
    nowMs = NOW_MS,
  }: {
    readonly texts?: Readonly<Record<string, string>>;
    readonly name?: string;
    readonly author?: string;
    readonly expiresInSeconds?: number;
    readonly nowMs?: number;
  } = {},
): Promise<Uint8Array> {
  const packed = readingOf(await packPart(filesOf(texts), { name, author }));
  const signed = await signPart(packed.bytes, {
    key,
    expiresInSeconds,
    opa: OPA,
    clock: () => nowMs,
    signal: new AbortController().signal,
    sizeLimitBytes: LIMIT_BYTES,
  });
  return readingOf(signed).bytes;
}

/** A registration of `compliance` that comes from a registry, changed as given. */
export function registered(changes: Partial<BundleRegistration> = {}): BundleRegistration {
  return BundleRegistration.parse({
    source: { kind: 'oci', reference: 'registry.example/policy/compliance:1' },
    owners: ['ada', 'ben', 'cleo', 'dan'],
    signing_keys: ['release'],
    ...changes,
  });
}

/** Verifies an archive or files as `compliance`. */
export async function verifySample(
  content: Uint8Array | BundleFiles,
  keys: PartKeys,
  {
    registration = registered(),
    approvals = [],
    nowMs = NOW_MS,
    name = 'compliance',
  }: {
    readonly registration?: BundleRegistration;
    readonly approvals?: readonly string[];
    readonly nowMs?: number;
    readonly name?: string;
  } = {},
) {
  return await verifyPart({
    name,
    registration,
    keys,
    content:
      content instanceof Uint8Array ? { kind: 'archive', bytes: content } : { kind: 'files', files: content },
    approvals,
    sizeLimitBytes: LIMIT_BYTES,
    clock: () => nowMs,
  });
}
