import { expect, test } from 'vitest';
import { nearestName } from './nearest-name.ts';

test.each([
  ['tol', ['tool', 'time'], 'tool'],
  ['tiem', ['time', 'region'], 'time'],
  ['reqeust', ['request', 'result'], 'request'],
  ['cx', ['cxx', 'sales'], 'cxx'],
  ['ids', ['id'], 'id'],
])('%s is near to one of %s', (written, names, near) => expect(nearestName(written, names)).toBe(near));

test.each([
  ['name', ['time', 'region']],
  ['ai', ['id']],
  ['rate', ['date', 'late']],
  ['entirely', ['other']],
])('%s is near to none of %s, or to two alike', (written, names) =>
  expect(nearestName(written, names)).toBeUndefined());
