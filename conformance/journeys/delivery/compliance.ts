import { readFile } from 'node:fs/promises';
import {
  type KeyFolder,
  keyFolder,
  type SampleKey,
  signedSample,
} from '../../../packages/gateway/src/distribution/parts/testing/sample-part.ts';
import type { Texts } from './delivery-company.ts';

/** METADATA of a rule. */
export const metadata = (reason: string): string =>
  [
    'METADATA',
    'title: A rule',
    `description: It says ${reason}.`,
    'custom:',
    '  owner: privacy',
    `  reason: ${reason}`,
    '  message: No.',
  ]
    .map((line) => `# ${line}\n`)
    .join('');

/** The bundle `compliance`: more than so many rows are refused as `over_<rowsMax>`. */
export function complianceTexts(version: string, rowsMax: number, more: Texts = {}): Texts {
  return {
    'bundle.yaml': `name: compliance\nversion: ${version}\nowner: privacy\n`,
    'compliance.rego': `package policy.compliance\n\n${metadata(`over_${rowsMax}`)}deny contains "rows" if input.action.args.rows > data.policy.compliance.rows_max\n`,
    'compliance_test.rego': `package policy.compliance_test\n\ntest_rows if "rows" in data.policy.compliance.deny with input.action.args.rows as ${rowsMax + 1}\n`,
    'data.yaml': `rows_max: ${rowsMax}\n`,
    ...more,
  };
}

/** Keys of those who sign and approve. */
export interface Signers extends AsyncDisposable {
  readonly folder: KeyFolder;
  readonly release: SampleKey;
  key(id: string): Promise<SampleKey>;
  /** Signed by the release’s key unless another is named. */
  compliance(version: string, rowsMax: number, options?: SigningOptions): Promise<Uint8Array>;
}

interface SigningOptions {
  readonly key?: SampleKey;
  readonly more?: Texts;
  readonly nowMs?: number;
  readonly author?: string;
}

export async function signers(): Promise<Signers> {
  const folder = await keyFolder();
  const release = await folder.make('release');
  return {
    folder,
    release,
    key: (id) => folder.make(id),
    compliance: (version, rowsMax, { key = release, more = {}, nowMs = Date.now(), author = 'ada' } = {}) =>
      signedSample(key, { texts: complianceTexts(version, rowsMax, more), nowMs, author }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** A key as `release.yaml` names it, and its file. */
export async function trusted(
  keys: readonly (readonly [SampleKey, string])[],
): Promise<{ readonly keys: Record<string, object>; readonly texts: Texts }> {
  const files = await Promise.all(
    keys.map(async ([{ id, publicFile }]) => [`keys/${id}.pub`, await readFile(publicFile, 'utf8')] as const),
  );
  return {
    keys: Object.fromEntries(keys.map(([{ id }, person]) => [id, { file: `keys/${id}.pub`, person }])),
    texts: Object.fromEntries(files),
  };
}
