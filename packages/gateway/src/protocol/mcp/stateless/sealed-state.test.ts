import { Failure, type Principal } from '@bailiff/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Carried, STATE_TTL_MS, type StateOwner, StateSeal } from './sealed-state.ts';

const PRINCIPAL: Principal = {
  agentId: 'bot',
  agentVersion: '1.0.0',
  chain: [],
  userId: 'mara',
  authMethod: 'jwt',
  credentialId: 'a',
  issuer: 'https://issuer.example',
  permissions: new Set(),
  conversation: '',
};
const OWNER: StateOwner = {
  principal: PRINCIPAL,
  server: 'crm',
  route: 'crm',
  method: 'tools/call',
  salient: { name: 'read', arguments: { id: 7, deep: { a: 1, b: 2 } } },
};
const CARRIED: Carried = { kind: 'server', id: 'state-1', state: 'the server’s own', asked: ['name'] };
const REFUSED = { code: 'invalid_params', detail: expect.stringContaining('not one that was given out') };

let nowMs = 1_000;
const seal = new StateSeal(() => nowMs);

const opening = (state: string, owner: StateOwner = OWNER): unknown => {
  try {
    return seal.open(state, owner);
  } catch (thrown) {
    return thrown instanceof Failure ? { code: thrown.code, detail: thrown.detail } : thrown;
  }
};

test('what was sealed opens for its own call, and shows nothing of itself before', () => {
  const state = seal.seal(CARRIED, OWNER);
  expect(opening(state)).toEqual(CARRIED);
  expect(Buffer.from(state.slice(3), 'base64url').toString('latin1')).not.toContain('own');
  expect(seal.seal(CARRIED, OWNER)).not.toBe(state);
});

test('it opens for the same arguments in another order, and with a renewed credential', () => {
  const state = seal.seal(CARRIED, OWNER);
  const salient = { arguments: { deep: { b: 2, a: 1 }, id: 7 }, name: 'read' };
  expect(opening(state, { ...OWNER, salient })).toEqual(CARRIED);
  expect(opening(state, { ...OWNER, principal: { ...PRINCIPAL, credentialId: 'b' } })).toEqual(CARRIED);
});

test('no byte of it can be changed, left out or added', () => {
  const state = seal.seal(CARRIED, OWNER);
  fc.assert(
    fc.property(fc.nat(state.length - 1), fc.integer({ min: 1, max: 127 }), (at, mask) => {
      const other = String.fromCharCode(state.charCodeAt(at) ^ mask);
      expect(opening(`${state.slice(0, at)}${other}${state.slice(at + 1)}`)).toEqual(REFUSED);
    }),
    { numRuns: 2_000 },
  );
  for (let at = 0; at < state.length; at += 1) {
    expect(opening(state.slice(0, at) + state.slice(at + 1))).toEqual(REFUSED);
  }
  for (const added of ['A', '=', '==', ' ', '\n', 'AAAA']) expect(opening(state + added)).toEqual(REFUSED);
});

test('no bit of what the text stands for can be changed', () => {
  const bytes = Buffer.from(seal.seal(CARRIED, OWNER).slice(3), 'base64url');
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(opening(`b1.${changed.toString('base64url')}`)).toEqual(REFUSED);
  }
});

test.each<[string, Partial<StateOwner>]>([
  ['another agent', { principal: { ...PRINCIPAL, agentId: 'other' } }],
  ['another version of the agent', { principal: { ...PRINCIPAL, agentVersion: '2.0.0' } }],
  ['another user', { principal: { ...PRINCIPAL, userId: 'nia' } }],
  ['another issuer', { principal: { ...PRINCIPAL, issuer: 'https://other.example' } }],
  ['another chain of delegation', { principal: { ...PRINCIPAL, chain: ['planner'] } }],
  ['another conversation', { principal: { ...PRINCIPAL, conversation: 'c-2' } }],
  ['another server', { server: 'erp' }],
  ['the address of all servers', { route: '' }],
  ['another method', { method: 'prompts/get' }],
  ['another tool', { salient: { ...OWNER.salient, name: 'write' } }],
  ['other arguments', { salient: { ...OWNER.salient, arguments: { id: 8 } } }],
  ['no arguments', { salient: { name: 'read' } }],
])('it is worth nothing for %s', (_what, other) => {
  expect(opening(seal.seal(CARRIED, OWNER), { ...OWNER, ...other })).toEqual(REFUSED);
});

test('it opens in its last millisecond and never after, nor in another process', () => {
  const state = seal.seal({ kind: 'parked', parkedId: 'x' }, OWNER);
  nowMs += STATE_TTL_MS - 1;
  expect(opening(state)).toEqual({ kind: 'parked', parkedId: 'x' });
  nowMs += 1;
  expect(opening(state)).toEqual(REFUSED);
  const elsewhere = new StateSeal(() => nowMs).seal(CARRIED, OWNER);
  expect(opening(elsewhere)).toEqual(REFUSED);
});

test('whatever else a client sends is refused alike', () => {
  const texts = fc.oneof(
    fc.string(),
    fc.string().map((text) => `b1.${text}`),
  );
  fc.assert(
    fc.property(texts, (text) => {
      expect(opening(text)).toEqual(REFUSED);
    }),
  );
});

test('a server’s state beyond the limit is not carried', () => {
  const state = 'x'.repeat(262_145);
  expect(() => seal.seal({ kind: 'server', id: 'state-1', state, asked: [] }, OWNER)).toThrow('too long');
});
