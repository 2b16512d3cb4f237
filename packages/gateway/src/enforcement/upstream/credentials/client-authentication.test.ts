import { expect, test } from 'vitest';
import { authenticationOf } from './client-authentication.ts';
import type { OAuthClient } from './token-store.ts';

async function sentBy(client: OAuthClient, methods?: string[]) {
  const [body, headers] = [new URLSearchParams(), new Headers()];
  const as = {
    issuer: 'https://issuer.example',
    ...(methods && { token_endpoint_auth_methods_supported: methods }),
  };
  await authenticationOf(client, as)(as, { client_id: client.id }, body, headers);
  const basic = headers.get('authorization')?.replace('Basic ', '');
  return { header: basic === undefined ? undefined : atob(basic), body: Object.fromEntries(body) };
}

test.each([
  [
    'is sent as it is where it is of the usual letters',
    'a-client_1.0',
    's-e_c.r*t',
    'a-client_1.0:s-e_c.r*t',
  ],
  ['is encoded as a form where it is not', 'a:b c', 'p%q/é', 'a%3Ab+c:p%25q%2F%C3%A9'],
])('a client that shows its secret in the header %s', async (_what, id, secret, header) => {
  const sent = await sentBy({ id, secret, method: 'client_secret_basic' });
  expect(sent).toEqual({ header, body: {} });
});

test('a secret goes into the body where the client was registered so, or where the issuer takes nothing else', async () => {
  const inBody = { header: undefined, body: { client_id: 'id', client_secret: 'secret' } };
  expect(await sentBy({ id: 'id', secret: 'secret', method: 'client_secret_post' })).toEqual(inBody);
  const client: OAuthClient = { id: 'id', secret: 'secret', method: 'client_secret_basic' };
  expect(await sentBy(client, ['client_secret_post'])).toEqual(inBody);
});

test('a client without a secret only names itself', async () => {
  expect(await sentBy({ id: 'id', method: 'none' })).toEqual({
    header: undefined,
    body: { client_id: 'id' },
  });
});
