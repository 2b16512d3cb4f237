import type * as oauth from 'oauth4webapi';
import { ClientSecretPost, None } from 'oauth4webapi';
import type { OAuthClient } from './token-store.ts';

/** How the gateway says to an issuer who it is: with its secret where it has one, the way in which the issuer takes it. */
export function authenticationOf(
  { secret, method }: OAuthClient,
  { token_endpoint_auth_methods_supported: methods }: oauth.AuthorizationServer,
): oauth.ClientAuth {
  if (secret === undefined || method === 'none') return None();
  const isPost = method === 'client_secret_post' || isPostOnly(methods);
  return isPost ? ClientSecretPost(secret) : basic(secret);
}

/** An issuer that does not say takes the secret in the header (RFC 8414, section 2). */
function isPostOnly(methods: readonly string[] | undefined): boolean {
  return methods?.includes('client_secret_post') === true && !methods.includes('client_secret_basic');
}

/**
 * RFC 6749, section 2.3.1. The library would encode more than a form does, `-` and `_` among them, which is read all the
 * same where it is decoded; issuers that do not decode know ids of the usual letters only as they are.
 */
function basic(secret: string): oauth.ClientAuth {
  return (_as, { client_id: id }, _body, headers) => {
    headers.set('authorization', `Basic ${btoa(`${formEncoded(id)}:${formEncoded(secret)}`)}`);
  };
}

function formEncoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}
