import { parseDocument } from 'yaml';
import type { BundleFiles } from '../sources/bundle-files.ts';
import type { BundleSource } from '../sources/read-bundle.ts';

/**
 * A bundle’s files with what it takes from the library among them, as files of its own: rules, tests and configuration, and a manifest
 * that takes nothing. The same files where it takes nothing.
 */
export function writtenOut(files: BundleFiles, source: BundleSource): BundleFiles {
  if (Object.keys(source.manifest.library).length === 0) return files;
  const bytes = new TextEncoder();
  const written = new Map(files);
  for (const { path, text } of [...source.modules, ...source.tests]) {
    const file = path.slice(source.name.length + 1);
    if (!files.has(file)) written.set(file, bytes.encode(text));
  }
  const manifest = parseDocument(new TextDecoder().decode(files.get('bundle.yaml')));
  manifest.delete('library');
  written.set('bundle.yaml', bytes.encode(manifest.toString({ lineWidth: 0 })));
  // Every JSON document is one of YAML as well.
  const data = files.has('data.json') ? 'data.json' : 'data.yaml';
  written.set(data, bytes.encode(`${JSON.stringify(source.data, null, 2)}\n`));
  return written;
}
