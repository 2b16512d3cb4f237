import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Configuration, type Failure, type Refusal } from '@bailiff/contract';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ISSUER, openTokenIssuer, type TokenIssuer } from '../context/testing/token-issuer.ts';
import { createMcpEndpoint } from '../protocol/mcp/endpoint.ts';
import type { McpPorts } from '../protocol/mcp/ports.ts';
import { identityOf, protectedResourceOf } from './identity.ts';

const PUBLIC = 'https://gateway.example';
const METADATA = `${PUBLIC}/.well-known/oauth-protected-resource/mcp/crm`;

let opened: AsyncDisposableStack;
let issuer: TokenIssuer;
let refusals: Refusal[];
let url: string;
beforeEach(async () => {
  opened = new AsyncDisposableStack();
  issuer = opened.use(await openTokenIssuer());
  refusals = [];
  url = await gateway();
});
afterEach(() => opened.disposeAsync());

/** The front door with the identity of a configuration, and no server behind it. */
async function gateway(): Promise<string> {
  const configuration = Configuration.parse({
    policy: { directory: '.' },
    listen: { public_url: PUBLIC },
    identity: {
      issuers: [{ issuer: ISSUER, audience: 'bailiff', jwks_url: issuer.jwks.url }],
      required_scopes: ['mcp:call'],
    },
  });
  const hosts: string[] = [];
  const allowed = { hosts: () => hosts, origins: () => [] };
  const { authenticate } = identityOf(configuration, {
    clock: () => issuer.nowMs,
    signal: new AbortController().signal,
  });
  const ports = {
    ...allowed,
    release: () => 'release-1',
    servers: new Map(),
    authenticate,
    challenge: protectedResourceOf(configuration, allowed).challenge,
    recordRefusal: async (refusal: Refusal) => void refusals.push(refusal),
    report: (failure: Failure) => refusals.push({ failure } as Refusal),
    newDecisionId: () => 'd-1',
    monotonicMs: () => performance.now(),
    limits: {
      bodyBytesMax: 9_999,
      bodyTimeoutMs: 999,
      depthMax: 9,
      inFlightMax: 9,
      sessionsMax: 64,
      sessionIdleMs: 999,
      resumeMs: 999,
    },
  } as unknown as McpPorts; // nothing else is reached by what is refused at the door
  const endpoint = opened.use(createMcpEndpoint(ports));
  const server = createServer((request, response) => {
    void endpoint.handle(request, response, (request.url ?? '').slice('/mcp/'.length));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  opened.defer(async () => {
    server.closeAllConnections();
    await new Promise<void>((closed) => server.close(() => closed()));
  });
  const { port } = server.address() as AddressInfo;
  hosts.push(`127.0.0.1:${port}`);
  return `http://127.0.0.1:${port}/mcp/crm`;
}

async function asked(headers: Record<string, string>) {
  const response = await fetch(url, { method: 'POST', headers, body: '{}' });
  return { status: response.status, challenge: response.headers.get('www-authenticate') };
}

const bearer = async (claims: Record<string, unknown>) => ({
  authorization: `Bearer ${await issuer.signed(claims)}`,
});

describe('a request at the front door', () => {
  test('without a credential is told where to get one', async () => {
    expect(await asked({})).toEqual({
      status: 401,
      challenge: `Bearer resource_metadata="${METADATA}", scope="mcp:call"`,
    });
  });

  test.each([
    ['for another gateway', { aud: 'https://other.example/mcp/crm' }],
    ['for another server of this one', { aud: `${PUBLIC}/mcp/payments` }],
    ['that has expired', { exp: 1 }],
  ])('with a token %s is told that it is not valid', async (_what, claims) => {
    expect(await asked(await bearer({ scope: 'mcp:call', ...claims }))).toEqual({
      status: 401,
      challenge: `Bearer error="invalid_token", resource_metadata="${METADATA}", scope="mcp:call"`,
    });
    expect(refusals.map(({ failure }) => failure.code)).toEqual(['unauthenticated']);
  });

  test('with a token that lacks a scope is told which, and refused as forbidden', async () => {
    expect(await asked(await bearer({ scope: 'other' }))).toEqual({
      status: 403,
      challenge: `Bearer error="insufficient_scope", resource_metadata="${METADATA}", scope="mcp:call"`,
    });
    expect(refusals.map(({ failure }) => failure.code)).toEqual(['insufficient_scope']);
  });

  test.each([
    'bailiff',
    PUBLIC,
    `${PUBLIC}/mcp`,
    `${PUBLIC}/mcp/crm`,
  ])('with a token for %s passes on to what it asks for', async (aud) => {
    expect(await asked(await bearer({ scope: 'mcp:call', aud }))).toEqual({ status: 404, challenge: null });
    expect(refusals.map(({ failure }) => failure.code)).toEqual(['not_found']);
  });
});

test('tokens are kept for an exchange only where a server’s credential is one', async () => {
  const tokenKept = async (servers: Record<string, unknown>) => {
    const configuration = Configuration.parse({
      policy: { directory: '.' },
      identity: { issuers: [{ issuer: ISSUER, audience: 'bailiff', jwks_url: issuer.jwks.url }] },
      servers,
    });
    const { authenticate, subjectTokenOf } = identityOf(configuration, {
      clock: () => issuer.nowMs,
      signal: new AbortController().signal,
    });
    const principal = await authenticate(await bearer({}));
    return subjectTokenOf?.(principal);
  };
  const credential = { from: 'oauth', issuer: 'https://login.example', client_id: 'bailiff', exchange: true };
  expect(await tokenKept({})).toBeUndefined();
  expect(await tokenKept({ crm: { transport: 'http', url: 'https://crm.example/mcp', credential } })).toMatch(
    /^ey/,
  );
});
