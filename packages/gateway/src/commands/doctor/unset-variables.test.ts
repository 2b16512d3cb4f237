import { Configuration } from '@bailiff/contract';
import { expect, test } from 'vitest';
import { unsetVariables } from './unset-variables.ts';

const CONFIGURATION = Configuration.parse({
  policy: { directory: '.' },
  engine: { url: 'http://127.0.0.1:8181', url_token: { env: 'OPA' } },
  servers: {
    one: { transport: 'stdio', command: 'x', env: { PLAIN: 'text', KEY: { env: 'ONE' } } },
    two: {
      transport: 'http',
      url: 'https://two.example/mcp',
      headers: { 'x-key': { env: 'TWO' } },
      credential: { from: 'environment', per: 'user', variable: 'OWN', variables: { ada: 'ADA' } },
    },
    three: {
      transport: 'http',
      url: 'https://three.example/mcp',
      credential: {
        from: 'oauth',
        issuer: 'https://as.example',
        client_id: 'us',
        client_secret: { env: 'CLIENT' },
      },
    },
  },
});
const EVERY = ['OPA', 'ONE', 'TWO', 'OWN', 'ADA', 'CLIENT'];
const set = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, 'x']));

test('every variable that a configuration names is found where it is named', () => {
  expect(unsetVariables(CONFIGURATION, {}).map(({ variable, path }) => [variable, path.join('.')])).toEqual([
    ['OPA', 'engine.url_token'],
    ['ONE', 'servers.one.env.KEY'],
    ['TWO', 'servers.two.headers.x-key'],
    ['OWN', 'servers.two.credential.variable'],
    ['ADA', 'servers.two.credential.variables.ada'],
    ['CLIENT', 'servers.three.credential.client_secret'],
  ]);
});

test.each(EVERY)('%s alone is told where it alone is not set, or empty', (name) => {
  const others = set(EVERY.filter((one) => one !== name));
  for (const environment of [others, { ...others, [name]: '' }])
    expect(unsetVariables(CONFIGURATION, environment).map(({ variable }) => variable)).toEqual([name]);
});

test('where all are set there is nothing to tell', () => {
  expect(unsetVariables(CONFIGURATION, set(EVERY))).toEqual([]);
});
