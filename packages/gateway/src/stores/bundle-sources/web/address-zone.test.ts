import type { LookupFunction } from 'node:net';
import { expect, test } from 'vitest';
import { acceptingLookup, isLoopbackHost, zoneOf, zoneOfHost } from './address-zone.ts';

test.each([
  ['127.0.0.1', 'loopback'],
  ['127.255.255.254', 'loopback'],
  ['::1', 'loopback'],
  ['10.0.0.1', 'private'],
  ['172.31.0.1', 'private'],
  ['192.168.1.1', 'private'],
  ['fd12::1', 'private'],
  ['8.8.8.8', 'public'],
  ['2606:4700::1111', 'public'],
  ['169.254.169.254', 'other'],
  ['100.100.100.200', 'other'],
  ['fd00:ec2::254', 'other'],
  ['fe80::1', 'other'],
  ['::ffff:127.0.0.1', 'loopback'],
  ['::ffff:10.0.0.1', 'private'],
  ['::ffff:169.254.169.254', 'other'],
  ['64:ff9b::a00:1', 'other'],
  ['0.0.0.0', 'other'],
  ['fd12::1%eth0', 'other'],
  ['example.org', 'other'],
])('%s is of the zone %s', (address, zone) => {
  expect(zoneOf(address)).toBe(zone);
});

const lookupOf =
  (...addresses: string[]): LookupFunction =>
  (_name, _options, done) =>
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );

test('a name is of the least public zone of its addresses', async () => {
  expect(await zoneOfHost('x.example', lookupOf('8.8.8.8', '10.0.0.1'))).toBe('private');
  expect(await zoneOfHost('x.example', lookupOf('10.0.0.1', '127.0.0.1'))).toBe('loopback');
  expect(await zoneOfHost('x.example', lookupOf('127.0.0.1', '169.254.169.254'))).toBe('other');
  expect(await zoneOfHost('x.example', lookupOf('8.8.8.8'))).toBe('public');
  expect(await zoneOfHost('10.0.0.1')).toBe('private');
});

test('one address that is not accepted refuses a name', () => {
  const faultOf = (...addresses: string[]) => {
    let fault: unknown;
    const lookup = acceptingLookup((address) => zoneOf(address) === 'public', lookupOf(...addresses));
    lookup('x.example', { all: true }, (thrown) => {
      fault = thrown;
    });
    return fault;
  };
  expect(faultOf('8.8.8.8')).toBeNull();
  expect(faultOf('8.8.8.8', '10.0.0.1')).toMatchObject({ code: 'bundle_unavailable' });
  expect(faultOf()).toMatchObject({ code: 'bundle_unavailable' });
});

test('loopback is what is written so', () => {
  expect(['localhost', '127.0.0.1', '::1'].every(isLoopbackHost)).toBe(true);
  expect(['localhost.example', '127.0.0.1.example', '0.0.0.0', '2130706433'].some(isLoopbackHost)).toBe(
    false,
  );
});
