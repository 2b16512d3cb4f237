import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';

// Writes zones.br from the time zone database of a Go installation: node pack-zones.ts "$(go env GOROOT)".
// To be run when the OPA that is claimed is built with a Go of another edition.

const [, , goRoot = ''] = process.argv;
const zip = readFileSync(join(goRoot, 'lib/time/zoneinfo.zip'));
const indexes = new Map<string, number>();
const names: Record<string, number> = {};
const files: Buffer[] = [];
for (const { name, file } of storedEntries(zip)) {
  const content = file.toString('base64');
  const index = indexes.get(content) ?? files.push(file) - 1;
  indexes.set(content, index);
  names[name] = index;
}
const lengths = files.map((file) => file.length);
const head = Buffer.from(`${JSON.stringify(names)}\n${JSON.stringify(lengths)}\n`);
writeFileSync(new URL('./zones.br', import.meta.url), brotliCompressSync(Buffer.concat([head, ...files])));

/** The files of a ZIP archive without compression, which is how Go keeps them. */
function* storedEntries(archive: Buffer): Generator<{ readonly name: string; readonly file: Buffer }> {
  const end = archive.length - 22;
  let at = archive.readUInt32LE(end + 16);
  for (let count = archive.readUInt16LE(end + 10); count > 0; count--) {
    const size = archive.readUInt32LE(at + 24);
    const nameLength = archive.readUInt16LE(at + 28);
    const name = archive.toString('latin1', at + 46, at + 46 + nameLength);
    const header = archive.readUInt32LE(at + 42);
    if (archive.readUInt16LE(at + 10) !== 0) throw new Error(`compressed: ${name}`);
    const start = header + 30 + nameLength + archive.readUInt16LE(header + 28);
    if (!name.endsWith('/')) yield { name, file: archive.subarray(start, start + size) };
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
}
