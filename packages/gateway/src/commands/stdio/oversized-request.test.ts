import { expect, test } from 'vitest';
import { requestIdIn } from './oversized-request.ts';

const EDGE = 1_024;
const edgesOf = (text: string) => ({ head: text.slice(0, EDGE), tail: text.slice(-EDGE) });
const FULL = 'y'.repeat(4_000);
const BRACES = '"},{\\"id\\":9,'.replaceAll('"', '\\"').repeat(300);

test.each([
  ['first', `{"jsonrpc":"2.0","id":7,"method":"ping","params":{"x":"${FULL}","id":8}}`, 7],
  ['last', `{"method":"ping","params":{"id":8,"x":"${FULL}"},"jsonrpc":"2.0","id":7}`, 7],
  [
    'before other members',
    `{ "method": "ping", "params": ["${FULL}"] , "id" : "a,\\"b" , "jsonrpc": "2.0" }`,
    'a,"b',
  ],
  ['behind what looks like one', `{"method":"ping","params":{"x":"${BRACES}"},"id":7}`, 7],
])('the id of a request that is too long is known where it stands %s', (_where, line, id) => {
  expect(requestIdIn(edgesOf(line))).toBe(id);
});

test.each([
  ['an answer', `{"jsonrpc":"2.0","id":7,"result":{"x":"${FULL}"}}`],
  ['an answer that holds a request', `{"id":7,"result":{"method":"ping","x":"${FULL}"}}`],
  ['an id that only the params have', `{"method":"ping","params":{"x":"${FULL}","id":8}}`],
  ['an id within a text', `{"method":"ping","params":"${FULL}\\",\\"id\\":8}"}`],
  ['two ids', `{"id":6,"method":"ping","params":["${FULL}"],"id":7}`],
  ['an id in the middle', `{"method":"ping","params":["${FULL}"],"id":7,"_":["${FULL}"]}`],
  ['an id that is none', `{"method":"ping","id":{"a":1},"params":["${FULL}"]}`],
  ['an id that would be rounded', `{"method":"ping","id":12345678901234567890,"params":["${FULL}"]}`],
  ['a batch', `[{"method":"ping","id":7,"params":["${FULL}"]}]`],
  ['no message', FULL],
])('the id of %s is not known', (_what, line) => {
  expect(requestIdIn(edgesOf(line))).toBeUndefined();
});
