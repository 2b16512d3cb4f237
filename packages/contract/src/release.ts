import { z } from 'zod';
import type { Catalogue, Directory } from './catalogue.ts';
import { ActiveOverride } from './override.ts';
import type { CatalogueEntry, RuleKind } from './rule.ts';
import { Name } from './values.ts';

export const CATEGORIES = ['identity', 'resource', 'workflow', 'compliance', 'overrides'] as const;
export const Category = z.enum(CATEGORIES);
export type Category = z.infer<typeof Category>;

/** A bundle’s manifest, `bundle.yaml` in its folder. */
export const BundleManifest = z.strictObject({
  name: z
    .string()
    .min(1)
    .describe('A category, `teams/<team>/<category>`, `servers/<name>` or `subagents/<name>`.'),
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  owner: z.string().min(1),
  description: z.string().default(''),
});
export type BundleManifest = z.infer<typeof BundleManifest>;

/** One entry of the registry of bundles in `release.yaml`. */
export const BundleRegistration = z.strictObject({
  path: z.string().min(1).describe('Folder of the bundle, relative to `release.yaml`.'),
  required: z.boolean().default(true).describe('Without it, the calls it speaks for are denied.'),
  may_grant: z
    .boolean()
    .default(false)
    .describe('Whether a server’s, subagent’s or team’s bundle fills the slot `what`.'),
});

/** `release.yaml`: what is composed into one release. */
export const ReleaseManifest = z.strictObject({
  name: z.string().min(1),
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  catalogue: z.string().min(1).describe('File with the catalogue, relative to `release.yaml`.'),
  bundles: z.record(z.string(), BundleRegistration),
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
  audit: z.strictObject({ level: z.enum(['basic', 'full']), retention_days: z.int() }),
  overrides: z.array(ActiveOverride).describe('Overrides that were valid when the release was built, by id.'),
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
  readonly bundle: Uint8Array;
}
