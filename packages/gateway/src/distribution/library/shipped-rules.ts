import { hash } from 'node:crypto';
import { join, resolve } from 'node:path';
import type { JsonObject } from '@bailiff/contract';
import { isObject, type Reading } from '../sources/document.ts';
import { DATA_BYTES_MAX, FILE_BYTES_MAX, SourceFolder } from '../sources/folder.ts';

/** A folder of the library: rules that belong together, their tests and their configuration. */
export interface ShippedRule {
  readonly name: string;
  /** The category whose package it is written in. */
  readonly category: string;
  /** File name → text of its rules and of its tests, as the library has them. */
  readonly files: readonly (readonly [file: string, text: string])[];
  /** Its configuration with safe values. */
  readonly defaults: JsonObject;
}

/** Ships with the code, as the kernel does. */
const LIBRARY = new SourceFolder(resolve(import.meta.dirname, '../../../../../policies/library'));

const CATEGORIES = ['identity', 'resource', 'workflow', 'compliance'];

/** Name → category of everything in the library. */
export async function shippedRules(): Promise<ReadonlyMap<string, string>> {
  const found = await Promise.all(
    CATEGORIES.map(async (category) =>
      (await LIBRARY.folders(category)).map((name) => [name, category] as const),
    ),
  );
  return new Map(found.flat());
}

/** One folder of the library. Refused where the library is damaged. */
export async function shippedRule(name: string, category: string): Promise<Reading<ShippedRule>> {
  const folder = join(category, name);
  const listed = await LIBRARY.list(folder);
  if (listed === undefined) return damaged(folder);
  if (listed.kind === 'refused') return listed;
  const files: [string, string][] = [];
  for (const file of listed.value.filter((path) => path.endsWith('.rego'))) {
    const text = await LIBRARY.text(join(folder, file), FILE_BYTES_MAX);
    if (text.kind === 'refused') return text;
    files.push([file, text.value]);
  }
  if (!listed.value.includes('data.yaml')) {
    return { kind: 'read', value: { name, category, files, defaults: {} } };
  }
  const data = await LIBRARY.document(join(folder, 'data.yaml'), DATA_BYTES_MAX);
  if (data.kind === 'refused') return data;
  const defaults = data.value.value;
  return isObject(defaults)
    ? { kind: 'read', value: { name, category, files, defaults } }
    : damaged(join(folder, 'data.yaml'));
}

function damaged(path: string): Reading<ShippedRule> {
  const words = { detail: 'The library that ships has no such file.', mend: 'Install it anew.' };
  return { kind: 'refused', findings: [LIBRARY.finding(path, 'file_missing', words)] };
}

/** What of a folder decides: its rules and their configuration, and neither tests nor its page. */
const DECIDES = /^(?:data\.yaml|(?!.*_test\.rego$).*\.rego)$/;

/** SHA-256 of each file of the library’s rules and configuration, by path: what rules that are taken by name come to. */
export async function shippedLibrary(): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>();
  for (const [name, category] of await shippedRules()) {
    const folder = join(category, name);
    const listed = await LIBRARY.list(folder);
    const files = listed?.kind === 'read' ? listed.value : [];
    for (const file of files.filter((each) => DECIDES.test(each))) {
      const path = join(folder, file);
      const bytes = await LIBRARY.bytes(path, DATA_BYTES_MAX);
      if (bytes.kind === 'read') digests.set(path, hash('sha256', bytes.value));
    }
  }
  return digests;
}
