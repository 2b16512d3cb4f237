import { z } from 'zod';

const variable = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'Not the name of an environment variable')
  .describe('Environment variable of the gateway that holds the credential.');

const per = z
  .enum(['server', 'user'])
  .default('server')
  .describe('One credential for all callers, or one for each user on whose behalf an agent acts.');

/** How a credential that is no token of OAuth is sent. */
const sending = {
  header: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/, 'Not the name of a header in lower case')
    .default('authorization')
    .describe('Header that carries the credential, in lower case.'),
  scheme: z
    .string()
    .regex(/^[A-Za-z0-9-]{0,32}$/, 'Not the scheme of a credential')
    .default('Bearer')
    .describe('Word before the credential; empty sends it alone.'),
};

const EnvironmentCredential = z
  .strictObject({
    from: z.literal('environment'),
    per,
    variable: variable
      .optional()
      .describe(
        'Environment variable of the gateway that holds the credential; with `per: user` the one for the gateway’s own questions, as for lists.',
      ),
    variables: z
      .record(z.string().min(1), variable)
      .optional()
      .describe('With `per: user`: each user’s environment variable.'),
    ...sending,
  })
  .refine(
    (credential) =>
      credential.per === 'server'
        ? credential.variable !== undefined && credential.variables === undefined
        : credential.variables !== undefined,
    'Name `variable` where the credential is per server, `variables` where it is per user',
  );

const FileCredential = z.strictObject({
  from: z.literal('file'),
  per,
  path: z
    .string()
    .min(1)
    .describe(
      'File that holds the credential and nothing else; with `per: user` a folder with a file for each user, named by the user’s id, percent-encoded, and `gateway.own` for the gateway’s own questions, as for lists. Relative to the configuration file. Read again when it changes.',
    ),
  ...sending,
});

const https = z.url({ protocol: /^https$/ });

const OAuthCredential = z
  .strictObject({
    from: z.literal('oauth'),
    per,
    issuer: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe(
        'Authorization server. When absent, the server’s own protected-resource metadata names it, and it must have a public address. Plain http only on a loopback address.',
      ),
    resource: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('What tokens are asked for (RFC 8707); what the server’s metadata says when absent.'),
    scopes: z
      .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/, 'Not a scope'))
      .max(64)
      .optional()
      .describe('Scopes to ask for; what the server asks for when absent.'),
    client_id: z
      .string()
      .min(1)
      .optional()
      .describe('Client that was registered with the issuer beforehand.'),
    client_secret: z.strictObject({ env: z.string().min(1) }).optional(),
    client_metadata_url: https
      .optional()
      .describe(
        'Address of a client id metadata document that you host; used where the issuer supports such documents.',
      ),
    exchange: z
      .boolean()
      .default(false)
      .describe(
        'Exchange the caller’s own token at `issuer` for one of the server’s (RFC 8693) instead of keeping tokens of a login.',
      ),
    audience: z.string().min(1).optional().describe('With `exchange`: name of the server at the issuer.'),
  })
  .refine(
    (credential) => credential.client_secret === undefined || credential.client_id !== undefined,
    'A `client_secret` needs its `client_id`',
  )
  .refine(
    (credential) =>
      credential.client_id === undefined ||
      (credential.issuer !== undefined && credential.client_metadata_url === undefined),
    'A `client_id` belongs to one issuer: name it as `issuer`, and no `client_metadata_url` beside it',
  )
  .refine(
    (credential) =>
      !credential.exchange || (credential.issuer !== undefined && credential.client_id !== undefined),
    'An exchange needs `issuer` and `client_id`',
  )
  .refine(
    (credential) => credential.exchange || credential.audience === undefined,
    '`audience` is for an exchange; set `exchange: true` or use `resource`',
  );

/** What the gateway shows a server, instead of anything that its callers show the gateway. */
export const CredentialConfiguration = z.discriminatedUnion('from', [
  EnvironmentCredential,
  FileCredential,
  OAuthCredential,
]);
export type CredentialConfiguration = z.infer<typeof CredentialConfiguration>;
