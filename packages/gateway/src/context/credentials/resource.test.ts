import { Configuration, type Failure, type Principal } from '@bailiff/contract';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createAuthenticator } from '../authenticate.ts';
import { AUDIENCE, ISSUER, openTokenIssuer, type TokenIssuer } from '../testing/token-issuer.ts';
import { SubjectTokens } from './subject-tokens.ts';

const PUBLIC = 'https://gateway.example';

let issuer: TokenIssuer;
let subjectTokens: SubjectTokens;
beforeEach(async () => {
  issuer = await openTokenIssuer();
  subjectTokens = new SubjectTokens();
});
afterEach(() => issuer[Symbol.asyncDispose]());

/** A gateway that is reached at `publicUrl` and wants `scopes`; gives who a token is when it is used at a path. */
function gateway({
  publicUrl = PUBLIC,
  scopes = [],
}: {
  publicUrl?: string | undefined;
  scopes?: string[];
} = {}) {
  const { identity } = Configuration.parse({
    policy: { directory: '.' },
    identity: {
      issuers: [{ issuer: ISSUER, audience: AUDIENCE, jwks_url: issuer.jwks.url }],
      required_scopes: scopes,
    },
  });
  const authenticate = createAuthenticator({
    identity,
    publicUrl: publicUrl === '' ? undefined : publicUrl,
    subjectTokens,
    dataDirectory: '/nonexistent',
    clock: () => issuer.nowMs,
    fetch: globalThis.fetch,
    signal: new AbortController().signal,
  });
  return (token: string, path?: string): Promise<Principal> =>
    authenticate({ authorization: [`Bearer ${token}`] }, path);
}

async function refused(attempted: Promise<Principal>): Promise<Failure> {
  return attempted.then(
    () => Promise.reject(new Error('the token was accepted')),
    (failure: Failure) => failure,
  );
}

describe('a token for an address of the gateway', () => {
  test.each([
    ['the whole gateway', PUBLIC, '/mcp/github'],
    ['the whole gateway', PUBLIC, undefined],
    ['all of MCP', `${PUBLIC}/mcp`, '/mcp/github'],
    ['all of MCP', `${PUBLIC}/mcp`, '/mcp'],
    ['the very route', `${PUBLIC}/mcp/github`, '/mcp/github'],
    ['one of several audiences', [`${PUBLIC}/mcp/github`, 'https://other.example'], '/mcp/github'],
    ['its configured audience', AUDIENCE, '/mcp/github'],
  ])('that is %s is accepted there', async (_what, aud, path) => {
    expect(await gateway()(await issuer.signed({ aud }), path)).toMatchObject({ userId: 'mara' });
  });

  test.each([
    ['another server', `${PUBLIC}/mcp/slack`, '/mcp/github'],
    ['a server whose name begins alike', `${PUBLIC}/mcp/git`, '/mcp/github'],
    ['a server, used for all of them', `${PUBLIC}/mcp/github`, '/mcp'],
    ['a server, used for what is no server', `${PUBLIC}/mcp/github`, undefined],
    ['what lies below the server', `${PUBLIC}/mcp/github/deeper`, '/mcp/github'],
    ['another gateway', 'https://other.example/mcp/github', '/mcp/github'],
    ['a gateway that is spelled otherwise', `${PUBLIC}/`, '/mcp/github'],
    ['a gateway below this one', `${PUBLIC}.evil.example`, '/mcp/github'],
    ['nothing', [], '/mcp/github'],
    ['no text', [7], '/mcp/github'],
  ])('that is for %s is refused', async (_what, aud, path) => {
    expect(await refused(gateway()(await issuer.signed({ aud }), path))).toMatchObject({
      code: 'unauthenticated',
      detail: 'The token was not issued for this gateway: its audience differs.',
    });
  });

  test('is looked at anew wherever it is used, though it was verified before', async () => {
    const present = gateway();
    const token = await issuer.signed({ aud: `${PUBLIC}/mcp/github` });
    await present(token, '/mcp/github');
    expect(await refused(present(token, '/mcp/slack'))).toMatchObject({ code: 'unauthenticated' });
    expect(await present(token, '/mcp/github')).toMatchObject({ userId: 'mara' });
  });

  test('is refused where no address is configured', async () => {
    const token = await issuer.signed({ aud: `${PUBLIC}/mcp/github` });
    expect(await refused(gateway({ publicUrl: '' })(token, '/mcp/github'))).toMatchObject({
      code: 'unauthenticated',
    });
  });
});

describe('the scopes of a token', () => {
  test.each([
    ['as one text', { scope: 'other mcp:call' }],
    ['as a list', { scope: ['mcp:call'] }],
    ['under the name scp', { scp: ['mcp:call'] }],
    ['as one text under the name scp', { scp: 'mcp:call other' }],
  ])('are read %s', async (_what, claims) => {
    const present = gateway({ scopes: ['mcp:call'] });
    expect(await present(await issuer.signed(claims))).toMatchObject({ userId: 'mara' });
  });

  test.each([
    ['none', {}],
    ['one that begins alike', { scope: 'mcp:calls' }],
    ['one of two', { scope: 'mcp:call' }],
    ['no text', { scope: { 'mcp:call': true } }],
  ])('where there is %s refuse it, and say what is missing', async (_what, claims) => {
    const present = gateway({ scopes: ['mcp:call', 'mcp:list'] });
    const failure = await refused(present(await issuer.signed(claims)));
    expect(failure).toMatchObject({
      code: 'insufficient_scope',
      detail: expect.stringContaining('mcp:list'),
    });
    expect(failure.detail).not.toContain('mcp:calls');
  });
});

test('the token that a principal came in with is known by the principal alone, and stands in nothing that is recorded', async () => {
  const token = await issuer.signed();
  const principal = await gateway()(token);
  expect(subjectTokens.of(principal)).toBe(token);
  expect(subjectTokens.of({ ...principal })).toBeUndefined();
  expect(JSON.stringify(principal)).not.toContain(token.slice(-40));
});
