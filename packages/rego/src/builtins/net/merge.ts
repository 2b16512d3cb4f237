import type { Value } from '../../values/value.ts';
import { type BuiltinContext, BuiltinError } from '../builtin.ts';
import { NotRepresentableError } from '../encodings/utf8.ts';
import { addressText, mapped, parseAddress, version4Of } from './address.ts';
import { lastOf, masked, networkOf } from './network.ts';

/** The addresses from one to another, both included, as integers of 128 bits; those of version 4 are mapped ones. */
interface Block {
  readonly first: bigint;
  readonly last: bigint;
  /** How the block is told while it is not merged with others. */
  readonly text: string | undefined;
  /** Whether it was written as a network of mapped addresses, such as `::ffff:1.2.3.0/120`. */
  readonly isMapped: boolean;
}

const VERSION_4_FIRST = 0xffffn << 32n;
const VERSION_4_LAST = VERSION_4_FIRST | 0xffff_ffffn;
/** First address whose first byte is not 0. */
const LONG_FIRST = 1n << 120n;

/**
 * The fewest networks that cover the given networks and addresses; one that touches no other is told as it was written.
 * An address is taken for the network of its class, of version 4 only.
 * @throws {BuiltinError} with OPA's texts.
 */
export function mergeNetworks(context: BuiltinContext, values: readonly Value[]): readonly string[] {
  const blocks = values.map((value) => {
    context.checkLimits();
    if (typeof value === 'string') return blockOf(value);
    throw new BuiltinError('element must be string');
  });
  if (blocks.length > 1 && blocks.some(({ isMapped }) => isMapped)) throw unsupported('mapped networks');
  return merged(blocks).flatMap((block) => {
    context.checkLimits();
    return block.text === undefined ? networksOf(block) : [block.text];
  });
}

/** OPA crashes on these, or gives addresses that are none. Not a BuiltinError, so that no policy goes on. */
function unsupported(what: string): NotRepresentableError {
  return new NotRepresentableError(`not representable: OPA does not merge ${what}`);
}

function blockOf(text: string): Block {
  const address = parseAddress(text);
  if (address === undefined) {
    const network = networkOf(text);
    const first = network.first.length === 4 ? mapped(network.first) : network.first;
    const last = lastOf(network);
    const isMapped = network.first.length === 16 && version4Of(network.first) !== undefined;
    return {
      first: integerOf(first),
      last: integerOf(last.length === 4 ? mapped(last) : last),
      text: `${addressText(first)}/${network.prefixLength - (isMapped ? 96 : 0)}`,
      isMapped,
    };
  }
  const fields = version4Of(address.bytes);
  if (fields === undefined) throw new BuiltinError('IPv6 invalid: needs prefix length');
  const prefixLength = classPrefixLength(fields[0] ?? 0);
  const first = masked(fields, prefixLength);
  const last = lastOf({ first, prefixLength, address: address.bytes });
  return {
    first: integerOf(mapped(first)),
    last: integerOf(mapped(last)),
    text: `${addressText(fields)}/${prefixLength}`,
    isMapped: false,
  };
}

function classPrefixLength(firstByte: number): number {
  if (firstByte < 0x80) return 8;
  return firstByte < 0xc0 ? 16 : 24;
}

function merged(blocks: readonly Block[]): readonly Block[] {
  const sorted = [...blocks].sort((a, b) => compare(a.last, b.last) || compare(a.first, b.first));
  const result: Block[] = [];
  let next: Block | undefined;
  for (const block of sorted.reverse()) {
    if (next !== undefined && previousOf(next.first) <= block.last) {
      const first: bigint = block.first < next.first ? block.first : next.first;
      next = { first, last: next.last, text: undefined, isMapped: false };
    } else {
      if (next !== undefined) result.push(next);
      next = block;
    }
  }
  if (next !== undefined) result.push(next);
  return result;
}

function previousOf(address: bigint): bigint {
  return address === 0n || address === VERSION_4_FIRST ? address : address - 1n;
}

/** The fewest networks that cover a block. */
function networksOf({ first, last }: Block): readonly string[] {
  const isVersion4 = isOfVersion4(first);
  if (isVersion4 !== isOfVersion4(last)) throw unsupported('addresses of both versions');
  const bits = isVersion4 ? 32 : 128;
  const shared = sharedPrefix(first, last);
  if (!isVersion4 && shared !== 0n && shared < LONG_FIRST)
    throw unsupported('networks that begin with a zero byte');
  const networks: string[] = [];
  for (let start = first; start <= last; ) {
    let hostBits = 0;
    while (
      hostBits < bits &&
      isAligned(start, hostBits + 1) &&
      start + (1n << BigInt(hostBits + 1)) - 1n <= last
    )
      hostBits++;
    networks.push(`${addressText(bytesOf(start))}/${bits - hostBits}`);
    start += 1n << BigInt(hostBits);
  }
  return networks;
}

/** The first address of the smallest network with both. */
function sharedPrefix(first: bigint, last: bigint): bigint {
  const hostBits = BigInt(first === last ? 0 : (first ^ last).toString(2).length);
  return (last >> hostBits) << hostBits;
}

function isAligned(address: bigint, hostBits: number): boolean {
  return (address & ((1n << BigInt(hostBits)) - 1n)) === 0n;
}

function isOfVersion4(address: bigint): boolean {
  return address >= VERSION_4_FIRST && address <= VERSION_4_LAST;
}

function integerOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

function bytesOf(address: bigint): Uint8Array {
  return Buffer.from(address.toString(16).padStart(32, '0'), 'hex');
}

function compare(left: bigint, right: bigint): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
