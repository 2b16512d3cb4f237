import { expect, test } from 'vitest';
import { answerOf } from '../../testing/answer-of.ts';
import { BuiltinError } from '../builtin.ts';
import { netBuiltins } from './cidr.ts';

/** The error that is thrown on: one that no policy can go on after. */
function failureOf(name: string, operands: string): unknown {
  try {
    return answerOf(netBuiltins, name, operands);
  } catch (error) {
    return error;
  }
}

test.each([
  ['more addresses than are written out', 'net.cidr_expand', '["10.0.0.0/8"]'],
  ['all addresses, at which OPA never ends', 'net.cidr_expand', '["0.0.0.0/0"]'],
  ['networks of both versions that touch', 'net.cidr_merge', '[["255.255.255.255/32", "::1:0:0:0/96"]]'],
  [
    'networks of version 6 with a zero byte in front',
    'net.cidr_merge',
    '[["64:ff9b::/97", "64:ff9b::8000:0/97"]]',
  ],
  ['networks of mapped addresses', 'net.cidr_merge', '[["::ffff:1.2.3.0/120", "10.0.0.0/8"]]'],
])('%s end the evaluation', (_sentence, name, operands) => {
  const failure = failureOf(name, operands);
  expect(failure).toBeInstanceOf(Error);
  expect(failure).not.toBeInstanceOf(BuiltinError);
});
