import { z } from 'zod';
import { FromEnvironment } from './configuration.ts';

const every = {
  cadence_seconds: z
    .number()
    .min(0.1)
    .max(86_400)
    .default(30)
    .describe('Between two looks. After a failure the pause doubles, up to ten minutes or the cadence.'),
  size_limit_bytes: z
    .int()
    .min(1_024)
    .max(536_870_912)
    .default(33_554_432)
    .describe('Most bytes that the bundle may have, packed and unpacked alike.'),
  max_staleness_seconds: z
    .int()
    .min(1)
    .optional()
    .describe(
      'After so long without a successful look the bundle counts as missing; when absent the last good one is used however old it is.',
    ),
  local_development: z.boolean().default(false).describe('Take what nobody signed. Never in production.'),
};

/** Where a bundle is fetched from. */
export const BundleOrigin = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('directory'),
    path: z.string().min(1).describe('Folder or bundle file, relative to `release.yaml`. It is watched.'),
    ...every,
  }),
  z.strictObject({
    kind: z.literal('git'),
    repository: z
      .string()
      .min(1)
      .describe('As `git clone` takes it; relative paths are relative to `release.yaml`.'),
    ref: z.string().min(1).default('HEAD').describe('Branch, tag or commit.'),
    path: z.string().default('').describe('Folder in the repository.'),
    ...every,
  }),
  z.strictObject({
    kind: z.literal('oci'),
    reference: z
      .string()
      .regex(
        /^[^\s/]+\/[^\s:@]+(?::[\w][\w.-]{0,127}|@sha256:[0-9a-f]{64})$/,
        'Write <registry>/<repository>:<tag> or …@sha256:<digest>',
      )
      .describe(
        '`<registry>/<repository>:<tag>` or `…@sha256:<digest>`. Plain HTTP is spoken on loopback only.',
      ),
    username: FromEnvironment.optional(),
    password: FromEnvironment.optional().describe(
      'Password or token, shown to the registry or its token service.',
    ),
    ...every,
  }),
  z.strictObject({
    kind: z.literal('http'),
    url: z.url({ protocol: /^https?$/ }),
    token: FromEnvironment.optional().describe('Sent as a bearer token.'),
    long_polling_seconds: z
      .int()
      .min(1)
      .max(120)
      .optional()
      .describe('How long the service is asked to hold a request until there is something new.'),
    ...every,
  }),
  z
    .strictObject({
      kind: z.literal('server_json'),
      file: z
        .string()
        .min(1)
        .optional()
        .describe('A `server.json` of an MCP registry, relative to `release.yaml`.'),
      url: z
        .url({ protocol: /^https?$/ })
        .optional()
        .describe('Where an MCP registry has it, instead.'),
      registry: z
        .string()
        .regex(/^[^\s/@]+$/, 'Write the registry’s host, as `ghcr.io`')
        .describe(
          'The OCI registry that its `_meta` may name a bundle in, under `dev.bailiff/bundle`; a reference to any other is refused. Credentials are shown to it alone.',
        ),
      username: FromEnvironment.optional(),
      password: FromEnvironment.optional().describe(
        'Password or token, shown to the registry or its token service.',
      ),
      ...every,
    })
    .refine(
      ({ file, url }) => (file === undefined) !== (url === undefined),
      'Name one of file and url, and only one',
    ),
]);
export type BundleOrigin = z.infer<typeof BundleOrigin>;

/** A public key that signatures are checked with. */
export const TrustedKey = z.strictObject({
  file: z.string().min(1).describe('Public key in PEM, relative to `release.yaml`.'),
  algorithm: z.enum(['ES256', 'ES384', 'RS256', 'PS256']).default('ES256'),
  person: z.string().min(1).describe('Who holds the private half: an owner, or what signs for them.'),
  not_before: z.iso.datetime().optional(),
  expires_at: z.iso.datetime().optional(),
});
export type TrustedKey = z.infer<typeof TrustedKey>;

/**
 * One entry of the registry of bundles in `release.yaml`. It has neither `path` nor `source` where the bundle’s package or the
 * server’s entry in the catalogue says where the bundle is, and then holds what neither may say of itself.
 */
export const BundleRegistration = z
  .strictObject({
    path: z
      .string()
      .min(1)
      .optional()
      .describe('Folder of the bundle, relative to `release.yaml`: local development, where nobody signs.'),
    source: BundleOrigin.optional().describe('Where the bundle is fetched from, instead of `path`.'),
    owners: z
      .array(z.string().min(1))
      .default([])
      .describe('People who answer for it, and whose approvals count.'),
    signing_keys: z
      .array(z.string().min(1))
      .default([])
      .describe('Ids of `keys` whose signature is taken. Name the next beside the last to rotate.'),
    approvals: z
      .int()
      .min(0)
      .max(10)
      .default(0)
      .describe(
        'How many owners, the author not among them, must have approved the very digest. Beside `path` nobody signs: there it is what the repository asks for (`./bailiff policy owners`).',
      ),
    required: z.boolean().default(true).describe('Without it, the calls it speaks for are denied.'),
    may_grant: z
      .boolean()
      .default(false)
      .describe('Whether a server’s, subagent’s or team’s bundle fills the slot `what`.'),
    may_read: z
      .array(z.string().min(1))
      .default([])
      .describe(
        'Paths below `data` that it may read besides its own root, `catalogue`, `release` and what identity says, as `policy.resource.tools`.',
      ),
    overrides_max: z
      .int()
      .min(0)
      .default(20)
      .describe('Overrides that may hold at once for this bundle’s rules; more need a second approval each.'),
  })
  .refine(
    ({ path, source }) => path === undefined || source === undefined,
    'Name one of path and source, and only one',
  )
  .refine(({ path, signing_keys: keys }) => path === undefined || keys.length === 0, {
    path: ['signing_keys'],
    error:
      'Nobody checks signatures beside `path`: write `source: { kind: directory, path: … }` in its place, or name no keys',
  });
export type BundleRegistration = z.infer<typeof BundleRegistration>;

/** How a new release comes to decide. */
export const Rollout = z.strictObject({
  begins: z
    .enum(['watch', 'canary', 'everyone'])
    .default('everyone')
    .describe(
      '`watch`: it only records what it would have decided; `canary`: it decides for some agents; `everyone`: it decides at once. From the first two, `./bailiff release promote` goes on.',
    ),
  canary: z
    .strictObject({
      share: z.number().min(0).max(1).default(0.05).describe('Share of agents, by a digest of their ids.'),
      teams: z.array(z.string().min(1)).default([]).describe('Teams whose agents are all in it.'),
    })
    .prefault({}),
  denial_band: z
    .strictObject({
      above: z
        .number()
        .min(0)
        .max(1)
        .default(0.1)
        .describe(
          'How much higher the share of agents that are denied may be than under the release before.',
        ),
      agents_min: z.int().min(1).default(20).describe('Fewer distinct agents say nothing.'),
    })
    .prefault({}),
  errors_max: z
    .int()
    .min(1)
    .default(20)
    .describe(
      'So many calls of a new release that could not be decided stop it. Each agent counts for a quarter of them at most, and always for one.',
    ),
});
export type Rollout = z.infer<typeof Rollout>;
