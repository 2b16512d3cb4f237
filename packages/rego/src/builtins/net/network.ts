import { BuiltinError } from '../builtin.ts';
import { parseAddress, version4Of } from './address.ts';

/** A network: its first address and how many of its leading bits are those of every address in it. */
export interface Network {
  /** 4 bytes where the network was written as one of version 4, else 16. */
  readonly first: Uint8Array;
  /** Of 32 or 128 bits, as there are bytes. */
  readonly prefixLength: number;
  /** The address it was written with, 16 bytes. */
  readonly address: Uint8Array;
}

/** A network and the address it was written with. @throws {BuiltinError} with the text of Go's `net.ParseCIDR`. */
export function networkOf(text: string): Network {
  const network = parseNetwork(text);
  if (network === undefined) throw new BuiltinError(`invalid CIDR address: ${text}`);
  return network;
}

/** Networks read so far. Policies name a few; those of an input push the oldest out. */
const kept = new Map<string, Network>();
const KEPT_MAX = 1_024;
/** The longest text of a network. */
const KEPT_LENGTH_MAX = 49;

/** A network, or undefined when the text is none. */
export function parseNetwork(text: string): Network | undefined {
  const known = kept.get(text);
  if (known !== undefined) return known;
  const network = readNetwork(text);
  if (network === undefined || text.length > KEPT_LENGTH_MAX) return network;
  if (kept.size >= KEPT_MAX) kept.delete(kept.keys().next().value as string);
  kept.set(text, network);
  return network;
}

function readNetwork(text: string): Network | undefined {
  const slash = text.indexOf('/');
  if (slash < 0) return undefined;
  const address = parseAddress(text.slice(0, slash));
  const length = text.slice(slash + 1);
  if (address === undefined || !/^\d+$/.test(length)) return undefined;
  const prefixLength = Number(length);
  if (prefixLength > address.bits) return undefined;
  const bytes = address.bits === 32 ? address.bytes.subarray(12) : address.bytes;
  return { first: masked(bytes, prefixLength), prefixLength, address: address.bytes };
}

/** An address with all bits past the given ones 0. */
export function masked(bytes: Uint8Array, prefixLength: number): Uint8Array {
  return bytes.map((byte, index) => byte & maskAt(prefixLength, index));
}

/** The last address of a network. */
export function lastOf({ first, prefixLength }: Network): Uint8Array {
  return first.map((byte, index) => byte | (~maskAt(prefixLength, index) & 0xff));
}

/** Whether a network has an address, as Go's `IPNet.Contains`: none of version 4 is in a network of version 6. */
export function contains(network: Network, address: Uint8Array): boolean {
  const first = version4Of(network.first) ?? network.first;
  const bytes = version4Of(address) ?? address;
  if (bytes.length !== first.length) return false;
  // Of a network of mapped addresses the last 32 bits of the mask count.
  const skipped = network.first.length - first.length;
  for (let index = 0; index < bytes.length; index++) {
    const difference = (bytes[index] ?? 0) ^ (first[index] ?? 0);
    if ((difference & maskAt(network.prefixLength, index + skipped)) !== 0) return false;
  }
  return true;
}

/** Whether a network is of version 6 and none of mapped addresses. */
export function isVersion6(network: Network): boolean {
  return version4Of(network.first) === undefined;
}

/** The bits of a byte that a prefix takes. */
function maskAt(prefixLength: number, index: number): number {
  const bits = Math.min(Math.max(prefixLength - index * 8, 0), 8);
  return (0xff00 >> bits) & 0xff;
}
