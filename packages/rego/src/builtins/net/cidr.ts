import { RegoSet, sortedEntries } from '../../values/collections.ts';
import { isArray, isObject } from '../../values/kinds.ts';
import type { Value } from '../../values/value.ts';
import { type BuiltinContext, BuiltinError, type BuiltinGroup } from '../builtin.ts';
import { stringOperand } from '../operands.ts';
import { addressText, parseAddress } from './address.ts';
import { mergeNetworks } from './merge.ts';
import { contains, isVersion6, lastOf, masked, type Network, networkOf, parseNetwork } from './network.ts';

/** Bits of addresses that are written out at most, which are 262,144; OPA has no bound. */
const EXPANDED_BITS_MAX = 18;

const LIMITS_CHECKED_EVERY = 256;

/** Rego's `net.cidr_*` (`v1/topdown/cidr.go`). */
export const netBuiltins: BuiltinGroup = {
  'net.cidr_contains': (_context, network: Value, value: Value) => containsText(network, value),
  'net.cidr_overlap': (_context, network: Value, value: Value) => containsText(network, value),

  'net.cidr_intersects': (_context, leftValue: Value, rightValue: Value) => {
    const left = networkOf(stringOperand(leftValue, 1));
    const right = networkOf(stringOperand(rightValue, 1));
    return contains(left, right.first) || contains(right, left.first);
  },

  'net.cidr_contains_matches': (context: BuiltinContext, networks: Value, values: Value) => {
    const matches = new RegoSet();
    const ranges = new Map<string, Range>();
    for (const { cidr, index } of candidatesOf(networks, 1)) {
      let network: Network | undefined;
      for (const value of candidatesOf(values, 2)) {
        context.checkLimits();
        network ??= networkOf(stringOperand(cidr, 1));
        const text = stringOperand(value.cidr, 1);
        const range = ranges.get(text) ?? rangeOf(text);
        ranges.set(text, range);
        if (containsRange(network, range)) matches.add([index, value.index]);
      }
    }
    return matches;
  },

  'net.cidr_expand': (context: BuiltinContext, value: Value) => {
    const network = networkOf(stringOperand(value, 1));
    return expand(context, network);
  },

  'net.cidr_merge': (context, values: Value) => {
    if (!isArray(values) && !(values instanceof RegoSet)) throw new BuiltinError('operand must be an array');
    return RegoSet.of(mergeNetworks(context, isArray(values) ? values : values.sorted()));
  },

  'net.cidr_is_valid': (_context, value: Value) =>
    typeof value === 'string' && parseNetwork(value) !== undefined,
};

/** Whether a network has an address or all of another network. */
function containsText(networkValue: Value, value: Value): boolean {
  const network = networkOf(stringOperand(networkValue, 1));
  return containsRange(network, rangeOf(stringOperand(value, 1)));
}

/** The bytes of an address, or a network. */
type Range = Uint8Array | Network;

function rangeOf(text: string): Range {
  const range = parseAddress(text)?.bytes ?? parseNetwork(text);
  if (range !== undefined) return range;
  throw new BuiltinError(`not a valid textual representation of an IP address or CIDR: ${text}`);
}

function containsRange(network: Network, range: Range): boolean {
  if (range instanceof Uint8Array) return contains(network, range);
  if (isVersion6(network) && isVersion6(range)) {
    const first = masked(range.first, network.prefixLength);
    return network.prefixLength <= range.prefixLength && Buffer.compare(network.first, first) === 0;
  }
  return contains(network, range.first) && contains(network, lastOf(range));
}

interface Candidate {
  readonly cidr: Value;
  /** What a match is told by. */
  readonly index: Value;
}

/** The candidates of an operand, one by one: a wrong one is told only when its turn comes. */
function* candidatesOf(operand: Value, position: number): Generator<Candidate> {
  if (typeof operand === 'string') {
    yield { cidr: operand, index: operand };
  } else if (isArray(operand)) {
    for (const [index, element] of operand.entries()) yield { cidr: cidrOf(element, position), index };
  } else if (operand instanceof RegoSet) {
    for (const element of operand.sorted()) yield { cidr: cidrOf(element, position), index: element };
  } else if (isObject(operand)) {
    for (const [index, element] of sortedEntries(operand)) yield { cidr: cidrOf(element, position), index };
  }
}

function cidrOf(element: Value, position: number): Value {
  if (typeof element === 'string') return element;
  if (isArray(element) && element.length > 0) return element[0] as Value;
  throw new BuiltinError(`operand ${position}: element must be string or non-empty array`);
}

function expand(context: BuiltinContext, network: Network): RegoSet {
  // Not a BuiltinError, so that no policy goes on as if the network had no addresses.
  if (network.first.length * 8 - network.prefixLength > EXPANDED_BITS_MAX)
    throw new Error(`net.cidr_expand: more than ${1 << EXPANDED_BITS_MAX} addresses`);
  const addresses = new RegoSet();
  const address = Uint8Array.from(network.first);
  for (let count = 0; contains(network, address); count++) {
    if (count % LIMITS_CHECKED_EVERY === 0) context.checkLimits();
    addresses.add(addressText(address));
    increment(address);
  }
  return addresses;
}

function increment(address: Uint8Array): void {
  for (let index = address.length - 1; index >= 0; index--) {
    const byte = ((address[index] ?? 0) + 1) & 0xff;
    address[index] = byte;
    if (byte > 0) return;
  }
}
