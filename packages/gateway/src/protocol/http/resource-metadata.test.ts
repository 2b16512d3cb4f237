import { request as ask, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Failure } from '@bailiff/contract';
import { afterEach, describe, expect, test } from 'vitest';
import { createProtectedResource, type ProtectedResourceOptions } from './resource-metadata.ts';

const opened: { close(): void }[] = [];
afterEach(() => {
  for (const server of opened.splice(0)) server.close();
});

const ISSUER = 'https://issuer.example/realms/acme';

interface Asked {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A server that answers below the well-known path, and elsewhere refuses with `failure` and its challenge. */
async function serve(
  options: Partial<ProtectedResourceOptions> = {},
  failure = new Failure('unauthenticated'),
) {
  let host = '';
  const resource = createProtectedResource({
    issuers: [ISSUER],
    scopes: ['mcp:call'],
    publicUrl: undefined,
    hosts: () => [host],
    origins: () => [],
    ...options,
  });
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    if (path.startsWith('/.well-known/')) return resource.handle(request, response);
    response.end(resource.challenge(request, failure, path) ?? 'none');
  });
  opened.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  host = `127.0.0.1:${port}`;
  return {
    host,
    async ask({ path = '/', method = 'GET', headers = {} }: Asked) {
      const { promise, resolve } = Promise.withResolvers<{ status: number | undefined; body: string }>();
      ask({ host: '127.0.0.1', port, path, method, headers }, async (answer) =>
        resolve({ status: answer.statusCode, body: await text(answer) }),
      ).end();
      return promise;
    },
  };
}

const ROOT = '/.well-known/oauth-protected-resource';

describe('protected-resource metadata', () => {
  test.each([
    '',
    '/mcp',
    '/mcp/github',
  ])('for "%s" say who lets clients in, and with which scopes', async (path) => {
    const { ask, host } = await serve();
    const { status, body } = await ask({ path: `${ROOT}${path}` });
    expect(status).toBe(200);
    expect(JSON.parse(body)).toEqual({
      resource: `http://${host}${path}`,
      authorization_servers: [ISSUER],
      bearer_methods_supported: ['header'],
      scopes_supported: ['mcp:call'],
      resource_name: 'Bailiff',
    });
  });

  test('name the configured public address, whatever Host the request has', async () => {
    const { ask } = await serve({ publicUrl: 'https://gateway.example/' });
    const { body } = await ask({ path: `${ROOT}/mcp/github` });
    expect(JSON.parse(body)).toMatchObject({ resource: 'https://gateway.example/mcp/github' });
  });

  test('are the same for servers that there are and servers that there are not', async () => {
    const { ask } = await serve();
    expect(await ask({ path: `${ROOT}/mcp/no_such_server` })).toMatchObject({ status: 200 });
  });

  test.each([
    ['another path', { path: `${ROOT}/v1` }, 404],
    ['a path that begins alike', { path: `${ROOT}x` }, 404],
    ['a server’s name that could not be one', { path: `${ROOT}/mcp/a"b` }, 404],
    ['a name with a way up', { path: `${ROOT}/mcp/..` }, 404],
    ['a question', { path: `${ROOT}?a=b` }, 404],
    ['a POST', { path: ROOT, method: 'POST' }, 405],
    ['another Host', { path: ROOT, headers: { host: 'evil.example' } }, 403],
    ['a web page of another origin', { path: ROOT, headers: { origin: 'https://evil.example' } }, 403],
  ])('are not told for %s', async (_what, asked, expected) => {
    const { ask } = await serve();
    const { status, body } = await ask(asked);
    expect(status).toBe(expected);
    expect(body).not.toContain(ISSUER);
  });

  test('are not there where no issuer has an address', async () => {
    const { ask } = await serve({ issuers: ['bailiff-development', 'javascript:alert(1)'] });
    expect(await ask({ path: ROOT })).toMatchObject({ status: 404 });
  });
});

describe('the challenge', () => {
  test('to a request without a credential names the metadata of what was asked, and no error', async () => {
    const { ask, host } = await serve();
    expect((await ask({ path: '/mcp/github' })).body).toBe(
      `Bearer resource_metadata="http://${host}${ROOT}/mcp/github", scope="mcp:call"`,
    );
  });

  test('to a token that is refused says so', async () => {
    const { ask } = await serve();
    const { body } = await ask({ path: '/mcp/github', headers: { authorization: 'Bearer x' } });
    expect(body).toMatch(/^Bearer error="invalid_token", resource_metadata=/);
  });

  test('to a token that lacks a scope says which are needed', async () => {
    const { ask } = await serve({}, new Failure('insufficient_scope'));
    const { body } = await ask({ path: '/mcp', headers: { authorization: 'Bearer x' } });
    expect(body).toMatch(/^Bearer error="insufficient_scope", .*scope="mcp:call"$/);
  });

  test('is none where no credential would help', async () => {
    const { ask } = await serve({}, new Failure('forbidden'));
    expect((await ask({ path: '/mcp' })).body).toBe('none');
  });

  test('where no issuer has an address does not send clients looking for one', async () => {
    const { ask } = await serve({ issuers: [], scopes: [] });
    expect((await ask({ path: '/mcp/github' })).body).toBe('Bearer');
  });

  test('repeats nothing of a path that is no route', async () => {
    const { ask, host } = await serve();
    expect((await ask({ path: '/mcp/a%22,%20x=%22' })).body).toContain(`="http://${host}${ROOT}", scope`);
  });
});
