/** For whom a server is asked something: who the caller is, and the token that says so where it may be exchanged. */
export interface OnBehalfOf {
  /** Empty where the gateway asks for itself. */
  readonly agent: string;
  /** Empty where an agent acts for nobody. */
  readonly user: string;
  /** The caller’s own verified token. It is only ever shown to the issuer that it came from. */
  readonly subjectToken?: string | undefined;
}

export type CredentialHeaders = Readonly<Record<string, string>>;

/** What the gateway shows one server in place of anything that its callers show the gateway. */
export interface UpstreamCredentials {
  /**
   * Headers of one request. Ask again for each: what is given changes when a token is renewed.
   * @throws Failure `upstream_unavailable` when there is no credential or it cannot be renewed; what to do stands in its detail.
   */
  headersFor(onBehalfOf: OnBehalfOf, signal: AbortSignal): Promise<CredentialHeaders>;
  /**
   * The server answered 401 to `sent`, the headers as they were given. Ask for headers again and repeat the request once:
   * they are those of a renewed token, or the failure that says what to do. Without `sent` the newest ones are meant.
   */
  rejected(onBehalfOf: OnBehalfOf, wwwAuthenticate: string | undefined, sent?: CredentialHeaders): void;
}

/** Whose credential counts: the user’s where each has one, else everybody’s. */
export type Per = 'server' | 'user';

/**
 * Whether the gateway asks for itself, as it does for a server’s lists. Where credentials are per user it then shows one of its
 * own, which no caller is ever served with: not even an agent that acts for nobody.
 */
export function isOwn({ agent, user }: OnBehalfOf): boolean {
  return agent === '' && user === '';
}

/** A server as far as its credentials go. */
export interface CredentialedServer {
  readonly name: string;
  readonly url: string;
}
