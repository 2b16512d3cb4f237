import { lookup as systemLookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import {
  isLoopbackAddress,
  isPublicAddress,
} from '../../../enforcement/upstream/credentials/guard/public-address.ts';
import { unavailable } from '../unavailable.ts';

/** Which network an address belongs to. `other` holds what nobody is led to, as the metadata services of clouds. */
export type AddressZone = 'loopback' | 'private' | 'public' | 'other';

export function zoneOf(address: string): AddressZone {
  if (isLoopbackAddress(address)) return 'loopback';
  if (isPublicAddress(address)) return 'public';
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
  if (isIP(address) === 0 || address.includes('%') || METADATA.check(address, family)) return 'other';
  return PRIVATE.check(address, family) ? 'private' : 'other';
}

/** The zone of what a host’s name or address stands for; the one least public when it stands for several. */
export async function zoneOfHost(
  host: string,
  resolve: LookupFunction = defaultLookup,
): Promise<AddressZone> {
  if (isIP(host) !== 0) return zoneOf(host);
  const addresses = await new Promise<string[]>((done, failed) => {
    resolve(host, { all: true }, (fault, found) => {
      if (fault) failed(fault);
      else done(typeof found === 'string' ? [found] : found.map(({ address }) => address));
    });
  });
  const zones = addresses.map(zoneOf);
  return (['other', 'loopback', 'private'] as const).find((zone) => zones.includes(zone)) ?? 'public';
}

/** Resolves names once, and gives only what was looked at: one address that is not accepted refuses the name. */
export function acceptingLookup(
  accepts: (address: string) => boolean,
  resolve: LookupFunction = defaultLookup,
): LookupFunction {
  return (name, options, done) => {
    resolve(name, options, (fault, found, family) => {
      if (fault) return done(fault, found, family);
      const addresses = typeof found === 'string' ? [found] : found.map(({ address }) => address);
      if (addresses.length > 0 && addresses.every(accepts)) return done(null, found, family);
      done(addressRefused(name), found, family);
    });
  };
}

/** Host of a URL as sockets know it: IPv6 without brackets. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

/** Whether a host is written as this machine’s own. What `localhost` stands for is looked at when it is connected to. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || isLoopbackAddress(host);
}

export function addressRefused(host: string) {
  return unavailable(
    `${host} stands for an address in a network that this source may not lead to.`,
    'Name the service itself as the source, or have it serve bundles without leading elsewhere.',
  );
}

const defaultLookup: LookupFunction = systemLookup as LookupFunction;

const PRIVATE = new BlockList();
PRIVATE.addSubnet('10.0.0.0', 8, 'ipv4');
PRIVATE.addSubnet('172.16.0.0', 12, 'ipv4');
PRIVATE.addSubnet('192.168.0.0', 16, 'ipv4');
PRIVATE.addSubnet('fc00::', 7, 'ipv6');

/** AWS serves credentials to whoever asks at fd00:ec2::254, in the midst of private addresses. */
const METADATA = new BlockList();
METADATA.addSubnet('fd00:ec2::', 32, 'ipv6');
