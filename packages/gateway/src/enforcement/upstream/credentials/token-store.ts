import { z } from 'zod';

/** A client as an authorization server knows it. Never shown to another one. */
export const OAuthClient = z.strictObject({
  id: z.string().min(1),
  /** Undefined for a public client, which has none. */
  secret: z.string().min(1).optional(),
  /** How the secret is sent to the token endpoint. */
  method: z.enum(['none', 'client_secret_basic', 'client_secret_post']),
});
export type OAuthClient = z.infer<typeof OAuthClient>;

/** What a login gave: tokens for one server, from one issuer, for one user or for all. */
export const Grant = z.strictObject({
  /** Made by the login; renewing keeps it. Tells a newer login from an older one. */
  id: z.string().min(1),
  server: z.string().min(1),
  /** Empty where the grant is everybody’s. */
  user: z.string(),
  /** Address of the server that the login was for. The tokens are sent nowhere else. */
  serverUrl: z.string().min(1),
  /** What the tokens are for (RFC 8707). */
  resource: z.string().min(1),
  issuer: z.string().min(1),
  client: OAuthClient,
  accessToken: z.string().min(1),
  refreshToken: z.string().min(1).optional(),
  /** Milliseconds since 1970; undefined when the issuer did not say. */
  expiresAtMs: z.number().optional(),
  scope: z.string(),
  /** Milliseconds since 1970. */
  obtainedAtMs: z.number(),
});
export type Grant = z.infer<typeof Grant>;

/** Which grant. `user` is empty where it is everybody’s. */
export interface GrantKey {
  readonly server: string;
  readonly user: string;
}

/** Keeps grants, encrypted. Another process may write at any time; what is read is one whole grant. */
export interface TokenStore {
  /** @throws Failure `configuration_invalid` when it is there and cannot be read. */
  read(key: GrantKey): Promise<Grant | undefined>;
  /** Replaces whatever there was; durable when it resolves. */
  write(grant: Grant): Promise<void>;
  /** Writes tokens that were renewed, unless another login has come in between. @returns whether it was written. */
  renew(grant: Grant): Promise<boolean>;
  /** @returns whether there was one. */
  remove(key: GrantKey): Promise<boolean>;
  /** All of them, by server and user. */
  list(): Promise<readonly Grant[]>;
}
