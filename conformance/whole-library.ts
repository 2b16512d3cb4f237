import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Document, isMap, parseDocument } from 'yaml';
import { opaExecutable } from '../packages/gateway/src/decision/testing/opa.ts';
import { type BuiltRelease, buildRelease } from '../packages/gateway/src/distribution/build-release.ts';
import { shippedRules } from '../packages/gateway/src/distribution/library/shipped-rules.ts';
import { KERNEL } from './kernel-files.ts';

const COMPANY = fileURLToPath(new URL('../examples/acme/policy', import.meta.url));

/**
 * What the example company says of rules whose safe values would leave it nothing to do. The others have their own, or what
 * the company configures.
 */
const SETTINGS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  agent_clearance: {
    classes: { default: ['public', 'internal', 'customer_data', 'payment_data', 'employee_data'] },
  },
  model_places: { regions: { acme: ['eu-west'], 'northstar-ai': ['eu-central'] } },
  cross_border: { crossings: { us: ['eu'] } },
  write_folders: { folders: { default: ['drafts', 'support'] } },
  url_hosts: { hosts: ['docs.acme.example'] },
};

/** The example company’s release with every rule of the library in the bundle of its category. */
export async function wholeLibraryRelease(opa = opaExecutable()): Promise<BuiltRelease> {
  const directory = await mkdtemp(join(tmpdir(), 'bailiff-library-'));
  try {
    await cp(COMPANY, directory, { recursive: true });
    const byCategory = Map.groupBy(await shippedRules(), ([, category]) => category);
    for (const [category, rules] of byCategory) {
      const names = rules.map(([name]) => name);
      await takeAll(join(directory, category), names);
    }
    return await buildRelease({ directory, kernel: KERNEL, opa });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function takeAll(bundle: string, names: readonly string[]): Promise<void> {
  const [manifest, data] = [await read(join(bundle, 'bundle.yaml')), await read(join(bundle, 'data.yaml'))];
  for (const name of names) {
    if (!hasMap(manifest, ['library', name])) manifest.setIn(['library', name], {});
    const settings = SETTINGS[name];
    if (settings !== undefined) data.setIn(['library', name], settings);
  }
  await writeFile(join(bundle, 'bundle.yaml'), manifest.toString());
  await writeFile(join(bundle, 'data.yaml'), data.toString());
}

async function read(file: string): Promise<Document> {
  return parseDocument(existsSync(file) ? await readFile(file, 'utf8') : '{}');
}

function hasMap(document: Document, path: readonly string[]): boolean {
  return isMap(document.getIn(path));
}
