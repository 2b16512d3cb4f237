import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';

/**
 * The edition of the time zone database that OPA's Go carries (`lib/time/zoneinfo.zip`), written by `pack-zones.ts`:
 * JSON of names to the index of a file, a line end, JSON of the files' lengths, a line end, the files.
 */
const DATABASE = new URL('./zones.br', import.meta.url);

let database: ReadonlyMap<string, Buffer> | undefined;

/** The time zone file of a name, or undefined for none. The first call takes a few milliseconds. */
export function includedZoneFile(name: string): Buffer | undefined {
  database ??= readDatabase(brotliDecompressSync(readFileSync(DATABASE)));
  return database.get(name);
}

function readDatabase(bytes: Buffer): ReadonlyMap<string, Buffer> {
  const namesEnd = bytes.indexOf('\n');
  const lengthsEnd = bytes.indexOf('\n', namesEnd + 1);
  const names = JSON.parse(bytes.toString('latin1', 0, namesEnd)) as Readonly<Record<string, number>>;
  const lengths = JSON.parse(bytes.toString('latin1', namesEnd + 1, lengthsEnd)) as readonly number[];
  let start = lengthsEnd + 1;
  const files = lengths.map((length) => {
    const file = bytes.subarray(start, start + length);
    start += length;
    return file;
  });
  return new Map(Object.entries(names).map(([name, index]) => [name, files[index] as Buffer]));
}
