import { type RecordedAnswer, testAnswers } from '../../testing/test-answers.ts';
import { netBuiltins } from './cidr.ts';

const ANSWERS: readonly RecordedAnswer[] = [
  ['finds an address in a network', 'net.cidr_contains', '["10.0.0.0/8", "10.255.255.255"]', 'true'],
  ['finds a network in a wider one', 'net.cidr_contains', '["2001:db8::/32", "2001:db8:ffff::/48"]', 'true'],
  ['finds the network of all mapped addresses in itself', 'net.cidr_contains', '["::/80", "::/80"]', 'true'],
  [
    'takes a mapped address for one of version 4',
    'net.cidr_contains',
    '["10.0.0.0/8", "::ffff:10.1.2.3"]',
    'true',
  ],
  [
    'keeps addresses of version 4 out of networks of version 6',
    'net.cidr_contains',
    '["::/0", "10.0.0.1"]',
    'false',
  ],
  [
    'refuses octets with a leading zero',
    'net.cidr_contains',
    '["010.0.0.0/8", "10.0.0.1"]',
    'net.cidr_contains: invalid CIDR address: 010.0.0.0/8',
  ],
  [
    'refuses what is neither an address nor a network',
    'net.cidr_contains',
    '["10.0.0.0/8", "fe80::1%eth0"]',
    'net.cidr_contains: not a valid textual representation of an IP address or CIDR: fe80::1%eth0',
  ],
  [
    'refuses a network that is no string',
    'net.cidr_contains',
    '[1, "10.0.0.1"]',
    'net.cidr_contains: operand 1 must be string but got number',
  ],
  ['tells networks that overlap', 'net.cidr_intersects', '["10.0.0.0/8", "10.1.0.0/16"]', 'true'],
  ['tells networks that do not', 'net.cidr_intersects', '["10.0.0.0/24", "10.0.1.0/24"]', 'false'],
  [
    'gives the keys and indexes of matches',
    'net.cidr_contains_matches',
    '[{"a": "10.0.0.0/8", "b": ["1.0.0.0/8", "x"]}, ["10.1.1.1", "1.1.1.1", ["10.0.0.0/9"]]]',
    '[["a",0],["a",2],["b",1]]',
  ],
  [
    'gives strings as their own indexes',
    'net.cidr_contains_matches',
    '["10.0.0.0/8", "10.1.1.1"]',
    '[["10.0.0.0/8","10.1.1.1"]]',
  ],
  [
    'refuses an element that is neither a string nor a tuple',
    'net.cidr_contains_matches',
    '["10.0.0.0/8", [1]]',
    'net.cidr_contains_matches: operand 2: element must be string or non-empty array',
  ],
  [
    'writes out a network',
    'net.cidr_expand',
    '["192.168.0.255/30"]',
    '["192.168.0.252","192.168.0.253","192.168.0.254","192.168.0.255"]',
  ],
  [
    'writes out the last network',
    'net.cidr_expand',
    '["255.255.255.254/31"]',
    '["255.255.255.254","255.255.255.255"]',
  ],
  [
    'merges neighbours',
    'net.cidr_merge',
    '[["192.0.128.0/24", "192.0.129.0/24", "192.0.127.0/24"]]',
    '["192.0.127.0/24","192.0.128.0/23"]',
  ],
  [
    'takes an address for the network of its class',
    'net.cidr_merge',
    '[["10.1.2.3", "192.168.1.1"]]',
    '["10.1.2.3/8","192.168.1.1/24"]',
  ],
  [
    'merges networks of version 6',
    'net.cidr_merge',
    '[["2001:db8::/33", "2001:db8:8000::/33", "10.0.0.0/8"]]',
    '["10.0.0.0/8","2001:db8::/32"]',
  ],
  [
    'refuses an address of version 6 without a length',
    'net.cidr_merge',
    '[["::1"]]',
    'net.cidr_merge: IPv6 invalid: needs prefix length',
  ],
  [
    'refuses an operand that is no collection',
    'net.cidr_merge',
    '[{}]',
    'net.cidr_merge: operand must be an array',
  ],
  ['tells a network from an address', 'net.cidr_is_valid', '["10.0.0.1"]', 'false'],
  ['takes a length with a leading zero', 'net.cidr_is_valid', '["10.0.0.0/08"]', 'true'],
  ['takes nothing but strings', 'net.cidr_is_valid', '[1]', 'false'],
];

testAnswers('net.cidr_* as OPA', netBuiltins, ANSWERS);
