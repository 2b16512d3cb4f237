import { Configuration, ServerName } from '@bailiff/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ownNameOf, ownUriOf, prefixedName, prefixedUri } from './names.ts';

const serverName = fc
  .stringMatching(/^[a-z][a-z0-9_]{0,8}$/)
  .filter((name) => ServerName.safeParse(name).success);
const own = fc.oneof(fc.string(), fc.stringMatching(/^[_a-z/:{}?]*$/));

test('what a name is made of is found again, whatever a server calls its own', () => {
  fc.assert(
    fc.property(serverName, own, (server, name) => {
      expect(ownNameOf(prefixedName(server, name))).toEqual({ serverName: server, own: name });
      expect(ownUriOf(prefixedUri(server, name))).toEqual({ serverName: server, own: name });
    }),
    { numRuns: 1_000 },
  );
});

test('what names no server names none', () => {
  for (const name of ['', 'read', '_read', '__read', 'crm_read']) {
    expect(ownNameOf(name).serverName, name).toBe('');
  }
  for (const uri of [
    '',
    'crm://a',
    'bailiff:',
    'bailiff://',
    'bailiff://crm',
    'BAILIFF://crm/a',
    'bailiff:///a',
  ]) {
    expect(ownUriOf(uri).serverName, uri).toBe('');
  }
});

test('no server has a name that could be taken for another’s with the begin of a tool’s', () => {
  const { error } = ServerName.safeParse('crm_');
  expect(error?.issues[0]?.message).toContain('Give the server another name');
  for (const name of ['crm_', 'a__b', 'a_', 'a__', 'crm___x']) {
    expect(ServerName.safeParse(name).success, name).toBe(false);
    const servers = { [name]: { transport: 'stdio', command: 'node' } };
    const refused = Configuration.safeParse({ policy: { directory: 'policy' }, servers });
    expect(JSON.stringify(refused.error?.issues), name).toContain('neither hold');
  }
  for (const name of ['crm', 'a_b', 'a_1_b', 'c2'])
    expect(ServerName.safeParse(name).success, name).toBe(true);
  // What is wrong otherwise is told as what it is.
  expect(JSON.stringify(ServerName.safeParse('Crm').error?.issues)).not.toContain('neither hold');
});
