import { hash } from 'node:crypto';
import { integerOf, numberText } from '../../values/big-number.ts';
import { RegoSet, sortedEntries } from '../../values/collections.ts';
import { isArray, isNumber, isObject } from '../../values/kinds.ts';
import type { Value } from '../../values/value.ts';
import type { BuiltinContext, BuiltinGroup } from '../builtin.ts';
import { stringOperand } from '../operands.ts';
import { byteText } from '../time/byte-text.ts';

/** Rego's `uuid.*` (`v1/topdown/uuid.go`, `google/uuid`). */
export const uuidBuiltins: BuiltinGroup = {
  'uuid.rfc4122': (context: BuiltinContext, key: Value) => {
    const ids = idsOf(context);
    const hashed = hashOf(key);
    let id = ids.get(hashed);
    if (id === undefined) {
      id = idOf(randomBytes(context.seed, ids.size));
      ids.set(hashed, id);
    }
    return id;
  },

  'uuid.parse': (_context, value: Value) => {
    const bytes = parseUuid(byteText(stringOperand(value, 1)));
    return bytes && describe(bytes);
  },
};

/** The ids of an evaluation so far, by the hash of their keys, in the order in which they were made. */
function idsOf(context: BuiltinContext): Map<bigint, string> {
  let ids = context.kept.get('uuid') as Map<bigint, string> | undefined;
  if (ids === undefined) {
    ids = new Map();
    context.kept.set('uuid', ids);
  }
  return ids;
}

const ID_BYTES = 16;

/** The seed is the source of chance that OPA reads, 16 bytes an id; past its end the bytes are made from all of it. */
function randomBytes(seed: Uint8Array, index: number): Buffer {
  const bytes = Buffer.from(seed.subarray(index * ID_BYTES, (index + 1) * ID_BYTES));
  if (bytes.length === ID_BYTES) return bytes;
  const more = hash('sha256', Buffer.concat([seed, Buffer.from(`uuid:${index}`)]), 'buffer');
  return Buffer.concat([bytes, more]).subarray(0, ID_BYTES);
}

function idOf(bytes: Buffer): string {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/**
 * What OPA tells keys apart by: the hash of a collection is the sum of its members' (so order does not count), that of
 * a number is its integer part. Strings have another hash than in OPA, with no more collisions.
 */
function hashOf(value: Value): bigint {
  return BigInt.asIntN(64, unboundedHashOf(value));
}

function unboundedHashOf(value: Value): bigint {
  if (typeof value === 'string') return BigInt(`0x${hash('sha256', value, 'hex').slice(0, 16)}`);
  if (value === null || value === false) return 0n;
  if (value === true) return 1n;
  if (isNumber(value)) return hashOfNumber(numberText(value));
  if (isArray(value)) return sumOf(value);
  if (value instanceof RegoSet) return sumOf(value.sorted());
  return isObject(value) ? sumOf(sortedEntries(value).flat()) : 0n;
}

function sumOf(values: readonly Value[]): bigint {
  return values.reduce((sum: bigint, value) => sum + hashOf(value), 0n);
}

function hashOfNumber(text: string): bigint {
  const double = Number(text);
  if (!Number.isFinite(double)) return hashOf(text);
  const integer = BigInt(Math.trunc(double));
  return BigInt.asIntN(64, integer) === integer ? integer : -(1n << 63n);
}

const GROUPED = /^([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})/i;

/** The 16 bytes of an id in one of the four spellings that are known, or undefined. */
function parseUuid(text: string): Buffer | undefined {
  if (text.length === 32) return /^[0-9a-f]{32}$/i.test(text) ? Buffer.from(text, 'hex') : undefined;
  const start = startOf(text);
  const groups = start === undefined ? null : GROUPED.exec(text.slice(start));
  return groups === null ? undefined : Buffer.from(groups.slice(1).join(''), 'hex');
}

/** Where the groups of digits begin. What stands around them in 38 bytes may be anything. */
function startOf(text: string): number | undefined {
  if (text.length === 36) return 0;
  if (text.length === 38) return 1;
  return text.length === 45 && /^urn:uuid:/i.test(text) ? 9 : undefined;
}

/** Ticks of 100 ns from 1582-10-15, from which the times of ids count, to 1970. */
const TICKS_TO_1970 = 122_192_928_000_000_000n;

const DOMAINS = ['Person', 'Group', 'Org'];

function describe(bytes: Buffer): Value {
  const version = bytes.readUInt8(6) >> 4;
  const described = { variant: variantOf(bytes.readUInt8(8)), version };
  if (version !== 1 && version !== 2) return described;
  const node = bytes.subarray(10);
  const domain = bytes.readUInt8(9);
  return {
    ...described,
    clocksequence: bytes.readUInt16BE(8) & 0x3fff,
    macvariables: macVariables(node.readUInt8(0)),
    nodeid: node.toString('hex').replace(/..(?!$)/g, '$&-'),
    time: integerOf(nanosecondsOf(bytes)),
    ...(version === 2 ? { id: bytes.readUInt32BE(0), domain: DOMAINS[domain] ?? `Domain${domain}` } : {}),
  };
}

function variantOf(byte: number): string {
  if ((byte & 0xc0) === 0x80) return 'RFC4122';
  if ((byte & 0xe0) === 0xc0) return 'Microsoft';
  return (byte & 0xe0) === 0xe0 ? 'Future' : 'Reserved';
}

function macVariables(byte: number): string {
  return `${(byte & 0b10) === 0 ? 'global' : 'local'}:${(byte & 0b01) === 0 ? 'unicast' : 'multicast'}`;
}

function nanosecondsOf(bytes: Buffer): bigint {
  const low = BigInt(bytes.readUInt32BE(0));
  const middle = BigInt(bytes.readUInt16BE(4)) << 32n;
  const high = BigInt(bytes.readUInt16BE(6) & 0x0fff) << 48n;
  return BigInt.asIntN(64, ((high | middle | low) - TICKS_TO_1970) * 100n);
}
