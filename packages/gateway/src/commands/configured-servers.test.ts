import { Configuration, ServerConfiguration } from '@bailiff/contract';
import { expect, test } from 'vitest';
import { releaseServerProblems } from './configured-servers.ts';

const configured = (settings: object = {}) =>
  Configuration.parse({ policy: { directory: '.' }, ...settings });
const stdio = { transport: 'stdio', command: 'node' } as const;

test('a release whose server is configured as well is refused, and no other server of it', () => {
  const servers = { crm: ServerConfiguration.parse(stdio), wiki: ServerConfiguration.parse(stdio) };
  const problems = releaseServerProblems(servers, configured({ servers: { crm: stdio } }), {});
  expect(problems).toMatchObject([{ server: 'crm', code: 'server_configured_twice' }]);
});

test('a variable that a server of the release names must be set where it is served', () => {
  const servers = { crm: ServerConfiguration.parse({ ...stdio, env: { KEY: { env: 'CRM_KEY' } } }) };
  const unset = [{ server: 'crm', code: 'server_variable_unset' }];
  expect(releaseServerProblems(servers, configured(), {})).toMatchObject(unset);
  expect(releaseServerProblems(servers, configured(), { CRM_KEY: '' })).toMatchObject(unset);
  expect(releaseServerProblems(servers, configured(), { CRM_KEY: 'k' })).toStrictEqual([]);
});

test('a credential for each user needs users who are told apart, in the release as in the configuration', () => {
  const credential = { from: 'file', per: 'user', path: 'secrets' };
  const wiki = ServerConfiguration.parse({ transport: 'http', url: 'https://wiki.example/mcp', credential });
  const issuers = ['a', 'b'].map((issuer) => ({ issuer, audience: 'gateway', jwks_file: 'keys.json' }));
  const problems = (same_users: boolean) =>
    releaseServerProblems({ wiki }, configured({ identity: { issuers, same_users } }), {});
  expect(problems(false)).toMatchObject([{ server: 'wiki', code: 'server_users_ambiguous' }]);
  expect(problems(true)).toStrictEqual([]);
});
