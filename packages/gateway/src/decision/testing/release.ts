import { CatalogueEntry, type Release, ReleaseData, type ReleaseRule } from '@bailiff/contract';

/** A release of the given rules, by full id. What a rule does not say has the contract's defaults. */
export function makeRelease(
  policyVersion: string,
  rules: Readonly<Record<string, Partial<Omit<ReleaseRule, 'id'>>>> = {},
  bundle: Uint8Array = new Uint8Array(),
): Release {
  const bundles = { identity: '1.0.0+000000000000', compliance: '1.0.0+111111111111' };
  return {
    policyVersion,
    digest: policyVersion.padEnd(64, '0'),
    data: ReleaseData.parse({
      policy_version: policyVersion,
      digest: policyVersion.padEnd(64, '0'),
      categories: ['identity', 'resource', 'workflow', 'compliance', 'overrides'],
      bundles,
      required: [],
      servers: {},
      subagents: {},
      teams: {},
      audit: { level: 'basic', retention_days: 180 },
      overrides: [],
    }),
    catalogue: {
      data_classes: {},
      regions: {},
      servers: {
        crm: {
          title: 'CRM',
          data_classes: [],
          resources: [],
          tools: {
            read: {
              effects: ['read'],
              blast_radius: 'low',
              data_classes: [],
              returns: [],
              argument_classes: { table: { leads: ['customer_data'], '*': ['internal'] } },
            },
          },
        },
      },
      models: {
        'onprem-70b': { title: 'On premises', provider: 'own', region: 'eu-west', blast_radius: 'low' },
      },
      subagents: {},
    },
    directory: { agents: {}, users: {} },
    rules: new Map(Object.entries(rules).map(([id, rule]) => [id, makeRule(id, rule)])),
    bundle,
  };
}

/** A rule of the bundle that its id names. */
export function makeRule(id: string, rule: Partial<Omit<ReleaseRule, 'id'>> = {}): ReleaseRule {
  const { bundle = id.split('.').slice(0, -1).join('/'), ...entry } = rule;
  const completed = CatalogueEntry.parse({
    kind: 'deny',
    title: `Title of ${id}`,
    description: '',
    message: `Message of ${id}.`,
    owner: 'privacy',
    reason: id.replaceAll('.', '_'),
    remediation: '',
    watch_until: '',
    reads: [],
    location: { file: 'rules.rego', row: 1 },
    ...entry,
  });
  return { ...completed, id, bundle };
}
