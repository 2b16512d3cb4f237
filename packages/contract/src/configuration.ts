import { z } from 'zod';
import { PERMISSIONS } from './call.ts';
import { CredentialConfiguration } from './credential.ts';
import { CHAIN_MAX } from './input.ts';
import { Name } from './values.ts';

const region = z.string().min(1).default('unknown').describe('Where the upstream runs.');
const provider = z.string().min(1).default('unknown').describe('Who runs the upstream.');

/** A value taken from the gateway’s own environment, so that secrets stay out of the file. */
export const FromEnvironment = z.strictObject({ env: z.string().min(1) });

const StdioServer = z.strictObject({
  transport: z.literal('stdio'),
  command: z.string().min(1),
  args: z.array(z.string()).default([]),
  env: z.record(z.string(), z.union([z.string(), FromEnvironment])).default({}),
  cwd: z.string().optional().describe('Relative to the configuration file.'),
  process: z
    .enum(['gateway', 'user', 'conversation'])
    .default('gateway')
    .describe(
      'One process for all callers, one for each user of each agent, or one for each conversation. A server whose process is shared cannot ask its clients anything, since nothing says whom it asks.',
    ),
  processes_max: z
    .int()
    .min(1)
    .max(1_000)
    .default(32)
    .describe(
      'Processes of users or conversations at once, beside the one that the gateway asks for lists. Beyond that the idle one that was used longest ago is ended; when none is idle, calls are refused.',
    ),
  process_idle_seconds: z
    .int()
    .min(1)
    .default(600)
    .describe('A process of a user or a conversation without calls for this long is ended.'),
  protocol: z
    .enum(['auto', 'session', 'stateless'])
    .default('auto')
    .describe(
      'How the server is spoken to: with `initialize` and sessions (revisions up to 2025-11-25), without (2026-07-28), or as it turns out.',
    ),
  provider,
  region,
});

const HttpServer = z
  .strictObject({
    transport: z.literal('http'),
    url: z.url({ protocol: /^https?$/ }),
    headers: z
      .record(z.string(), z.union([z.string(), FromEnvironment]))
      .default({})
      .describe('Sent with every request, credentials of the gateway’s own included.'),
    credential: CredentialConfiguration.optional().describe(
      'What the gateway shows this server. What callers show the gateway is never passed on.',
    ),
    protocol: z
      .enum(['auto', 'session', 'stateless', 'sse'])
      .default('auto')
      .describe(
        'How the server is spoken to: with `initialize` and sessions (revisions up to 2025-11-25), without (2026-07-28), over the older HTTP+SSE transport, or as it turns out.',
      ),
    provider,
    region,
  })
  .refine(({ headers, credential }) => {
    const name = credential?.from === 'oauth' ? 'authorization' : credential?.header;
    return !Object.keys(headers).some((header) => header.toLowerCase() === name);
  }, 'The header of `credential` stands in `headers` too; keep one of the two')
  .refine(
    ({ url, credential }) => credential?.from !== 'oauth' || isConfidential(new URL(url)),
    'Tokens are sent over https only, or over http to a loopback address',
  );

/** Whether nobody on the way reads what is sent there. */
function isConfidential({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || /^(?:127(?:\.\d+){3}|localhost|\[::1\])$/.test(hostname);
}

/**
 * A server’s name. At `/mcp` its tools are called `<server>__<tool>`; that is told apart at the first `__`, which no name may
 * hold or, with the tool’s name, make.
 */
export const ServerName = Name.regex(
  /^(?!.*(?:__|_$))/,
  'Names of servers neither hold `__` nor end in `_`, since at `/mcp` their tools are called `<server>__<tool>`. Give the server another name, here and in policy',
);

/** An MCP server behind the gateway. */
export const ServerConfiguration = z.discriminatedUnion('transport', [StdioServer, HttpServer]);
export type ServerConfiguration = z.infer<typeof ServerConfiguration>;

const permissions = z.array(z.enum(PERMISSIONS)).default([]);

/** A long-lived key. Only its SHA-256 is stored; `./bailiff key` makes one. */
export const ApiKeyConfiguration = z.strictObject({
  id: z.string().min(1),
  sha256: z
    .string()
    .regex(
      /^[0-9a-f]{64}$/,
      'Not the SHA-256 of a key, which has 64 lower-case hexadecimal digits. `./bailiff key` makes a key and prints its entry',
    )
    .describe(
      'SHA-256 of the key in lower-case hexadecimal. `./bailiff key` makes a key and prints its entry.',
    ),
  agent: z.string().min(1),
  agent_version: z.string().default('unknown'),
  chain: z
    .array(z.string().min(1))
    .max(CHAIN_MAX)
    .default([])
    .describe(
      'Agents that handed the task to `agent`, the first to ask first, as a token’s chain: nobody along it reaches more than every one of them does.',
    ),
  user: z.string().default(''),
  permissions,
  expires_at: z.iso.datetime().optional(),
});

/** An issuer of JSON Web Tokens. */
export const IssuerConfiguration = z
  .strictObject({
    issuer: z.string().min(1),
    audience: z.string().min(1),
    jwks_url: z.url({ protocol: /^https?$/ }).optional(),
    jwks_file: z.string().min(1).optional(),
    algorithms: z
      .array(z.enum(['ES256', 'ES384', 'RS256', 'PS256', 'EdDSA']))
      .min(1)
      .default(['ES256', 'RS256', 'EdDSA']),
    claims: z
      .strictObject({
        agent: z.string().default('azp').describe('Claim that names the agent.'),
        user: z
          .string()
          .default('sub')
          .describe('Claim that names the user; absent means the agent acts for nobody.'),
        agent_version: z.string().default('agent_version'),
        chain: z.string().default('agent_chain'),
        conversation: z.string().default('conversation'),
        permissions: z.string().default('bailiff_permissions'),
      })
      .prefault({}),
  })
  .refine(
    (issuer) => (issuer.jwks_url === undefined) !== (issuer.jwks_file === undefined),
    'Name one of jwks_url and jwks_file, and only one',
  );

const Settings = z.strictObject({
  listen: z
    .strictObject({
      host: z.string().default('127.0.0.1'),
      port: z.int().min(0).max(65_535).default(7070),
      allowed_hosts: z
        .array(z.string())
        .default([])
        .describe('Values of `Host` accepted besides the listening address.'),
      allowed_origins: z
        .array(z.string())
        .default([])
        .describe('Values of `Origin` accepted; requests without one always are.'),
      public_url: z
        .url({ protocol: /^https?$/ })
        .refine((url) => new URL(url).origin === url.replace(/\/$/, ''), 'Write scheme, host and port only')
        .optional()
        .describe(
          'Where clients reach the gateway, as `https://gateway.example`. Told in its protected-resource metadata; tokens whose audience is this address, or that of a route below it, are for this gateway.',
        ),
    })
    .prefault({}),
  data_dir: z.string().default('.bailiff').describe('Record, keys and sockets.'),
  environment: z
    .strictObject({
      region: z.string().default('unknown'),
      is_production: z.boolean().default(true),
      flags: z.record(z.string(), z.boolean()).default({}),
    })
    .prefault({}),
  policy: z.strictObject({
    directory: z
      .string()
      .min(1)
      .describe(
        'Folder that holds `release.yaml`. It is followed: a change decides once it has passed every check.',
      ),
  }),
  engine: z
    .strictObject({
      kind: z
        .enum(['auto', 'embedded', 'sidecar'])
        .default('auto')
        .describe(
          'What evaluates policy. `auto`: the embedded engine, for releases that were found to decide as OPA does, and OPA for every other; `embedded`: never OPA, so that other releases decide nothing; `sidecar`: OPA alone.',
        ),
      shadow: z
        .number()
        .min(0)
        .max(1)
        .default(0.01)
        .describe(
          'Share of the embedded engine’s evaluations that OPA is given as well. One difference makes OPA decide.',
        ),
      deadline_ms: z.int().min(1).max(10_000).default(250),
      cache: z
        .enum(['off', 'auto', 'on'])
        .default('off')
        .describe(
          'Whether answers are kept for calls that differ in nothing that a rule reads; each use is a decision of its own in the record. `auto`: those of OPA, which cost far more than finding them again; `on`: those of the embedded engine as well. A kept answer may still be given in the two seconds until it shows that OPA is gone.',
        ),
      cache_entries: z.int().min(1).max(1_000_000).default(10_000).describe('Answers that are kept at most.'),
      opa: z
        .string()
        .optional()
        .describe('Path of the `opa` executable, 1.21.3 or newer; found or built when absent.'),
      url: z
        .url({ protocol: /^https?$/ })
        .optional()
        .describe('An OPA that runs elsewhere and pulls its bundle from here.'),
      url_token: FromEnvironment.optional().describe('Bearer token for that OPA.'),
      long_polling_seconds: z
        .int()
        .min(1)
        .max(120)
        .default(30)
        .describe('OPA’s request for the next release is held this long.'),
      cadence_seconds: z
        .int()
        .min(1)
        .max(3_600)
        .optional()
        .describe('OPA asks this often instead of being held.'),
    })
    .prefault({}),
  identity: z
    .strictObject({
      api_keys: z.array(ApiKeyConfiguration).default([]),
      issuers: z.array(IssuerConfiguration).default([]),
      required_scopes: z
        .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/, 'Not a scope'))
        .max(64)
        .default([])
        .describe(
          'Scopes that every token of `issuers` must have, in its claim `scope` or `scp`. API keys and development tokens have none.',
        ),
      same_users: z
        .boolean()
        .default(false)
        .describe(
          'Whether a user id means the same person at all `issuers`. Must be set where there are several and a server’s credential is `per: user`, since one issuer’s user would otherwise be given another’s credential. User ids of `api_keys` are taken as they stand there.',
        ),
      development_issuer: z
        .boolean()
        .default(false)
        .describe(
          'Accept short-lived tokens of `./bailiff token`, signed by a key in `data_dir`. Never in production.',
        ),
    })
    .prefault({}),
  servers: z.record(ServerName, ServerConfiguration).default({}),
  record: z
    .strictObject({
      mode: z
        .enum(['strict', 'buffered'])
        .default('strict')
        .describe(
          '`strict`: durable before anything is forwarded. `buffered`: at most `buffer_ms` of decisions may be lost.',
        ),
      buffer_ms: z.int().min(1).max(1_000).default(50),
      queue_max: z
        .int()
        .min(1)
        .default(10_000)
        .describe('Entries that may wait for the store; beyond that calls are refused.'),
      write_timeout_ms: z.int().min(10).max(60_000).default(5_000),
    })
    .prefault({}),
  conversations: z
    .strictObject({
      idle_seconds: z
        .int()
        .min(1)
        .default(1_800)
        .describe('A conversation without calls for this long is forgotten.'),
      max: z.int().min(1).default(50_000),
      turn_gap_seconds: z
        .int()
        .min(1)
        .default(30)
        .describe('A pause this long begins a new turn where no model call does.'),
    })
    .prefault({}),
  limits: z
    .strictObject({
      body_bytes: z.int().min(1_024).default(4_194_304),
      result_bytes: z.int().min(1_024).default(67_108_864),
      depth: z.int().min(1).max(256).default(64),
      in_flight: z
        .int()
        .min(1)
        .default(1_000)
        .describe('Calls under way at once; beyond that they are refused.'),
      upstream_timeout_ms: z
        .int()
        .min(1)
        .default(60_000)
        .describe(
          'For one call. Starting a server and asking for its lists take no longer either, and 30 s at the most.',
        ),
      sessions: z
        .int()
        .min(64)
        .default(10_000)
        .describe('MCP sessions open at once. One principal holds an eighth of them at most.'),
      session_idle_seconds: z.int().min(1).default(1_800),
      resume_seconds: z
        .int()
        .min(1)
        .max(600)
        .default(30)
        .describe('How long a call waits for its client to resume a stream of events that was cut.'),
    })
    .prefault({}),
});

/** `bailiff.yaml`. Unknown keys are refused; relative paths are relative to the file. */
export const Configuration = Settings.refine(
  ({ identity, servers }) =>
    identity.issuers.length < 2 || identity.same_users || !Object.values(servers).some(isPerUser),
  {
    path: ['identity', 'same_users'],
    error:
      'A server’s credential is `per: user`, and users come from several issuers. Set this if a user id means the same person at all of them; else keep one issuer, or exchange tokens',
  },
);
export type Configuration = z.infer<typeof Configuration>;

/** Whether credentials are found by the user’s id alone. An exchange looks at the issuer. */
function isPerUser(server: ServerConfiguration): boolean {
  if (server.transport !== 'http' || server.credential === undefined) return false;
  const { credential } = server;
  return credential.per === 'user' && !(credential.from === 'oauth' && credential.exchange);
}
