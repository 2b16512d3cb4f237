import { readFileSync } from 'node:fs';

/** A JSON text that common parsers disagree about. */
export interface Vector {
  readonly id: string;
  readonly bytes: Buffer;
}

type Stored = { id: string; b64: string } | { id: string; repeat: [string, number, string, number] };

export const VECTORS: readonly Vector[] = (
  JSON.parse(readFileSync(new URL('./json-vectors.json', import.meta.url), 'utf8')) as Stored[]
).map((stored) => ({
  id: stored.id,
  bytes:
    'b64' in stored
      ? Buffer.from(stored.b64, 'base64')
      : Buffer.from(stored.repeat[0].repeat(stored.repeat[1]) + stored.repeat[2].repeat(stored.repeat[3])),
}));

/** Those that every parser reads alike once they are written anew by ours; all others are refused. */
export const ACCEPTED: ReadonlySet<string> = new Set([
  'neg_zero',
  'one_point_zero',
  'frac_precision',
  'nul_escape',
  'ctor_proto',
  'nfd_name',
  'nfc_name',
  'batch',
  'empty_key',
  'int_as_string_key',
]);
