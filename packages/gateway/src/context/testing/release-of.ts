import { type Release, ReleaseData } from '@bailiff/contract';

/** A release with the given facts and no policy: enough for what only reads facts. */
export function releaseOf(facts: Pick<Release, 'catalogue' | 'directory'>): Release {
  return {
    ...facts,
    policyVersion: '1.0.0+000000000000',
    digest: '0'.repeat(64),
    data: ReleaseData.parse({
      policy_version: '1.0.0+000000000000',
      digest: '0'.repeat(64),
      categories: [],
      bundles: {},
      required: [],
      servers: {},
      subagents: {},
      teams: {},
      overrides: [],
      audit: { level: 'basic', retention_days: 180 },
    }),
    rules: new Map(),
    bundle: new Uint8Array(),
  };
}
