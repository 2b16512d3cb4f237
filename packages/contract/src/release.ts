import { z } from 'zod';
import { BundleRegistration, Rollout, TrustedKey } from './bundle-registry.ts';
import type { Catalogue, Directory } from './catalogue.ts';
import { ServerConfiguration, ServerName } from './configuration.ts';
import { ActiveOverride } from './override.ts';
import { type CatalogueEntry, type RuleKind, TakenRule } from './rule.ts';
import { Digest, Name, Timestamp } from './values.ts';

export const CATEGORIES = ['identity', 'resource', 'workflow', 'compliance', 'overrides'] as const;
export const Category = z.enum(CATEGORIES);
export type Category = z.infer<typeof Category>;

/** How much of Rego the rules of a bundle use. */
export const BundleLevel = z.enum(['simple', 'full']);
export type BundleLevel = z.infer<typeof BundleLevel>;

/** A bundle’s manifest, `bundle.yaml` in its folder. */
export const BundleManifest = z.strictObject({
  name: z
    .string()
    .min(1)
    .describe('A category, `teams/<team>/<category>`, `servers/<name>` or `subagents/<name>`.'),
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  owner: z.string().min(1),
  description: z.string().default(''),
  level: BundleLevel.default('full').describe(
    '`simple` holds its own rules to tables, comparisons and membership (docs/guides/simple-level.md); what goes beyond does not build.',
  ),
  min_coverage: z
    .number()
    .min(0)
    .max(100)
    .optional()
    .describe('Per cent of its rules that its tests have to evaluate, for `./bailiff policy test`.'),
  library: z
    .record(Name, TakenRule)
    .default({})
    .describe(
      'Folder of `policies/library` → what this bundle says of its rules, `{}` for nothing. Their configuration stands in the bundle’s data under `library.<folder>`.',
    ),
});
export type BundleManifest = z.infer<typeof BundleManifest>;

/** Server → tool → SHA-256 of its definition as it was approved. */
export const ToolPins = z.record(ServerName, z.record(z.string(), Digest));
export type ToolPins = z.infer<typeof ToolPins>;

/** `release.yaml`: what is composed into one release. */
export const ReleaseManifest = z.strictObject({
  name: z.string().min(1),
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  catalogue: z.string().min(1).describe('File with the catalogue, relative to `release.yaml`.'),
  bundles: z.record(z.string(), BundleRegistration),
  keys: z
    .record(z.string(), TrustedKey)
    .default({})
    .describe('Key id → whose signature it makes, for signing bundles and approving them.'),
  servers: z
    .record(ServerName, ServerConfiguration)
    .default({})
    .describe(
      'Servers that are switched and rolled back with the release. One that the configuration names too is refused.',
    ),
  tool_pins: z
    .string()
    .min(1)
    .optional()
    .describe('File with the digests of approved tool definitions, relative to `release.yaml`.'),
  corpus: z
    .string()
    .min(1)
    .optional()
    .describe(
      'File of recorded decisions that a release must decide as they were, relative to `release.yaml`. `./bailiff corpus save` makes it.',
    ),
  packages: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'Folders with a `bailiff.package.yaml`, relative to `release.yaml`. `<folder>/*` is every folder in it that has one.',
    ),
  rollout: Rollout.prefault({}),
  servers_without_bundle: z
    .array(Name)
    .default([])
    .describe('Servers that are governed by the categories alone.'),
  audit: z
    .strictObject({
      level: z.enum(['basic', 'full']).default('basic'),
      retention_days: z.int().min(1).max(3_650).default(180),
    })
    .prefault({}),
});
export type ReleaseManifest = z.infer<typeof ReleaseManifest>;

/** What a server is started from or reached at, without anything secret, and a digest of all its settings. */
export const Launch = z.strictObject({
  kind: z.enum(['package', 'image', 'command', 'url']),
  what: z.string().min(1).describe('As `@scope/server@1.4.0`, `ghcr.io/org/server@sha256:…` or a URL.'),
  digest: Digest,
});
export type Launch = z.infer<typeof Launch>;

/** What the registry says of a bundle or a key, without anything secret, and a digest of all of it. */
export const Registered = z.strictObject({
  what: z
    .string()
    .describe('As `oci ghcr.io/org/policy:live; owners ada, ben; signed with release-2026; 1 approval`.'),
  digest: Digest,
});
export type Registered = z.infer<typeof Registered>;

/** `data.release`: what the kernel needs to know of the release it is part of. */
export const ReleaseData = z.strictObject({
  policy_version: z.string().min(1),
  digest: z.string(),
  categories: z.array(Category),
  bundles: z
    .record(z.string(), z.string())
    .describe('Bundle name → revision, `<semver>+<12 hex of its digest>`.'),
  required: z.array(z.string()).describe('Names of bundles without which nothing is decided.'),
  servers: z.record(z.string(), z.strictObject({ bundle_required: z.boolean(), may_grant: z.boolean() })),
  subagents: z.record(z.string(), z.strictObject({ bundle_required: z.boolean(), may_grant: z.boolean() })),
  teams: z
    .record(z.string(), z.record(z.string(), z.strictObject({ may_grant: z.boolean() })))
    .describe('Team → category → what its bundle may do.'),
  canary_rules: z
    .record(z.string(), z.array(Name))
    .default({})
    .describe('Bundle name → its rules in mode `canary`. One that is not named here is not evaluated.'),
  audit: z.strictObject({ level: z.enum(['basic', 'full']), retention_days: z.int() }),
  overrides: z.array(ActiveOverride).describe('Overrides that were valid when the release was built, by id.'),
  agents: z
    .record(z.string(), z.array(z.string()))
    .default({})
    .describe('Agent → versions that belong to the release; empty means any.'),
  tool_pins: ToolPins.default({}),
  launches: z
    .record(z.string(), Launch)
    .default({})
    .describe('What each server that is part of the release is started from or reached at.'),
  registrations: z
    .record(z.string(), Registered)
    .default({})
    .describe(
      'Bundle → where it comes from, who answers for it, and whose signatures and approvals it needs.',
    ),
  keys: z
    .record(z.string(), Registered)
    .default({})
    .describe('Key id → whose it is. Its digest is over the key itself as well.'),
});
export type ReleaseData = z.infer<typeof ReleaseData>;

/** A rule of a release under its full id. */
export type ReleaseRule = CatalogueEntry & {
  readonly id: string;
  readonly bundle: string;
  readonly kind: RuleKind;
};

/**
 * A composed release as the stages of the gateway share it. `bundle` holds the bytes that every engine activates, an OPA
 * bundle whose revision is `policyVersion`.
 */
export interface Release {
  readonly policyVersion: string;
  /** SHA-256 over the composed policy and data, in hexadecimal. Not over `bundle`, whose compression may differ. */
  readonly digest: string;
  readonly data: ReleaseData;
  readonly catalogue: Catalogue;
  readonly directory: Directory;
  /** Full rule id → rule. */
  readonly rules: ReadonlyMap<string, ReleaseRule>;
  /** Paths that decide what identity says as `capabilities`, as a rule’s `reads`; undefined where they were not worked out. */
  readonly capabilityReads?: readonly string[];
  /** Servers that are part of the release, by name. */
  readonly servers?: Readonly<Record<string, ServerConfiguration>>;
  readonly bundle: Uint8Array;
}

/** Why a release came to be, and what came of trying it. */
export const ReleaseNote = z.strictObject({
  policy_version: z.string().min(1),
  digest: z.string(),
  at: Timestamp,
  author: z.string(),
  reason: z.string(),
  preflight: z.array(
    z.strictObject({
      check: z.string(),
      outcome: z.enum(['passed', 'failed', 'skipped']),
      detail: z.string(),
      duration_ms: z.number().min(0),
    }),
  ),
  release: ReleaseData,
});
export type ReleaseNote = z.infer<typeof ReleaseNote>;
