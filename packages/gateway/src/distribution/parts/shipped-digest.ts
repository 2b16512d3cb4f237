import type { BundleFiles } from '../sources/bundle-files.ts';
import { digestOf } from '../sources/read-bundle.ts';

const SHIPPED = /^(bundle\.yaml|data\.yaml|data\.json)$/;

/**
 * SHA-256 in hexadecimal over names and contents of what ships: rules, data and `bundle.yaml`, without tests. Taken of the bytes, so
 * that it can be compared before any of them is parsed; undefined where a file is not UTF-8, or begins with a mark that other
 * readers drop. Reading the bundle gives the same digest.
 */
export function shippedDigest(files: BundleFiles): string | undefined {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const shipped: [path: string, text: string][] = [];
  for (const [path, bytes] of files) {
    const isRule = path.endsWith('.rego') && !path.endsWith('_test.rego');
    if (!isRule && !SHIPPED.test(path)) continue;
    try {
      const text = decoder.decode(bytes);
      if (text.startsWith('\uFEFF')) return undefined;
      shipped.push([path, text]);
    } catch {
      return undefined;
    }
  }
  return digestOf(shipped);
}
