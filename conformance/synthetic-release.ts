import {
  ActiveOverride,
  CATEGORIES,
  CatalogueEntry,
  type JsonObject,
  JsonValue,
  Name,
  type ReleaseData,
} from '@bailiff/contract';
import { z } from 'zod';

/** A rule of a case: what differs from the default catalogue entry, when it matches, and for `oblige` its duty. */
const SyntheticRule = z.strictObject({
  ...CatalogueEntry.omit({ kind: true, mode: true }).partial().shape,
  when: z.string().default('true').describe('A Rego expression over `input` and `data`.'),
  duty: z.record(z.string(), JsonValue).optional().describe('With `oblige`: the finding, but for its id.'),
});

const rules = z.record(Name, SyntheticRule.prefault({})).default({});

/** What a bundle says: kind → id → rule. `watched_…` are rules in mode `watch`, as a built release holds them; `canary_…` those in mode `canary`. */
const SyntheticBundle = z.strictObject({
  may_grant: z.boolean().default(false),
  revision: z.string().default('1.0.0+0123456789ab'),
  deny: rules,
  require_approval: rules,
  allow: rules,
  affirm: rules,
  oblige: rules,
  watched_deny: rules,
  canary_deny: rules,
  data: z.record(z.string(), JsonValue).default({}).describe('Base data at the root of the bundle.'),
  rego: z.string().default('').describe('More Rego for its package, for what a sound bundle never holds.'),
});
type SyntheticBundle = z.infer<typeof SyntheticBundle>;

/** A release in a few lines, in which identity and resource grant everything unless the case says otherwise. */
export const SyntheticRelease = z.strictObject({
  policy_version: z.string().default('1.0.0+0123456789ab'),
  bundles: z.record(z.string(), SyntheticBundle.prefault({})).default({}),
  missing: z.array(z.string()).default([]).describe('Bundles that are registered and not there.'),
  required: z.array(z.string()).default(['identity', 'resource', 'workflow', 'compliance']),
  servers_without_bundle: z.array(Name).default(['crm', 'kb']),
  agents: z
    .record(z.string(), z.array(z.string()))
    .default({})
    .describe('Agent → its versions of the release.'),
  audit: z
    .strictObject({ level: z.enum(['basic', 'full']), retention_days: z.int() })
    .default({ level: 'basic', retention_days: 180 }),
  overrides: z.array(ActiveOverride).default([]),
});
export type SyntheticRelease = z.infer<typeof SyntheticRelease>;

const EVERYTHING = Object.fromEntries(
  ['servers', 'tools', 'resources', 'prompts', 'models', 'subagents', 'data_classes'].map((list) => [
    list,
    ['*'],
  ]),
);

const GRANTING = z.record(z.string(), SyntheticBundle.prefault({})).parse({
  identity: { allow: { agent_in_scope: {} }, data: { capabilities: EVERYTHING } },
  resource: { allow: { tool_granted: {} } },
  workflow: {},
  compliance: {},
  overrides: {},
});

const SETS = [
  'deny',
  'require_approval',
  'allow',
  'affirm',
  'oblige',
  'watched_deny',
  'canary_deny',
] as const;

/** By the beginning of a set’s name, the mode of its rules. */
const MODES: Readonly<Record<string, string>> = { watched: 'watch', canary: 'canary' };

type Bundles = ReadonlyMap<string, SyntheticBundle>;

/**
 * The Rego of several releases in one: each rule speaks in the conversation that is called like its release alone, so that
 * an engine loads them once. Keyed by path.
 */
export function syntheticModules(
  releases: ReadonlyMap<string, SyntheticRelease>,
): ReadonlyMap<string, string> {
  const sections = new Map<string, string[]>();
  for (const [name, release] of releases) {
    for (const [bundleName, bundle] of bundlesOf(release)) {
      const parts = sections.get(bundleName) ?? [];
      sections.set(bundleName, [...parts, ...rulesOf(bundle, name), bundle.rego]);
    }
  }
  return new Map(
    [...sections].map(([name, parts]) => [
      `${name}.rego`,
      [`package ${rootOf(name).join('.')}`, ...parts].join('\n\n'),
    ]),
  );
}

/** The base data of one release. */
export function syntheticData(release: SyntheticRelease): JsonObject {
  const bundles = bundlesOf(release);
  let data: JsonObject = { release: releaseDataOf(release, bundles) as unknown as JsonObject };
  for (const [name, bundle] of bundles) {
    data = placed(data, rootOf(name), { ...bundle.data, catalogue: catalogueOf(bundle) });
  }
  return data;
}

/** Whether a release has Rego that the rules of no other release can stand beside. */
export function isAlone(release: SyntheticRelease): boolean {
  return Object.values(release.bundles).some(({ rego }) => rego !== '');
}

function bundlesOf(release: SyntheticRelease): Bundles {
  const all = Object.entries({ ...GRANTING, ...release.bundles });
  return new Map(all.filter(([name]) => !release.missing.includes(name)));
}

function releaseDataOf(release: SyntheticRelease, bundles: Bundles): ReleaseData {
  const registered = [...new Set([...bundles.keys(), ...release.missing])].map((name) => name.split('/'));
  const mayGrant = (name: string) => bundles.get(name)?.may_grant ?? false;
  const ofKind = (kind: string) =>
    registered
      .filter(([first]) => first === kind)
      .map(
        ([, name = '']) => [name, { bundle_required: true, may_grant: mayGrant(`${kind}/${name}`) }] as const,
      );
  const teams: Record<string, Record<string, { may_grant: boolean }>> = {};
  for (const [kind, team = '', category = ''] of registered) {
    if (kind === 'teams') {
      teams[team] = { ...teams[team], [category]: { may_grant: mayGrant(`teams/${team}/${category}`) } };
    }
  }
  const bare = release.servers_without_bundle.map(
    (name) => [name, { bundle_required: false, may_grant: false }] as const,
  );
  return {
    policy_version: release.policy_version,
    digest: '',
    categories: [...CATEGORIES],
    bundles: Object.fromEntries([...bundles].map(([name, { revision }]) => [name, revision])),
    required: release.required,
    servers: Object.fromEntries([...bare, ...ofKind('servers')]),
    subagents: Object.fromEntries(ofKind('subagents')),
    teams,
    audit: release.audit,
    overrides: release.overrides,
    agents: release.agents,
    tool_pins: {},
    canary_rules: Object.fromEntries(
      [...bundles]
        .map(([name, { canary_deny }]) => [name, Object.keys(canary_deny)] as const)
        .filter(([, ids]) => ids.length > 0),
    ),
    launches: {},
    registrations: {},
    keys: {},
  };
}

function rulesOf(bundle: SyntheticBundle, conversation: string): string[] {
  return SETS.flatMap((set) =>
    Object.entries(bundle[set]).map(([id, { when, duty }]) => {
      const finding = JSON.stringify(set === 'oblige' ? { id, ...duty } : id);
      const guard = `input.context.conversation_id == ${JSON.stringify(conversation)}`;
      const head = set === 'canary_deny' ? `canary_rules["${id}"]` : set;
      return `${head} contains ${finding} if {\n\t${guard}\n\t${when}\n}`;
    }),
  );
}

function catalogueOf(bundle: SyntheticBundle): JsonObject {
  const entries = SETS.flatMap((set) =>
    Object.entries(bundle[set]).map(([id, { when: _when, duty: _duty, ...entry }]) => {
      const kind = set.replace(/^(watched|canary)_/, '');
      const mode = MODES[set.replace(/_.*$/, '')] ?? 'enforce';
      return [id, { ...entryDefaults(id), kind, mode, ...entry }] as const;
    }),
  );
  return Object.fromEntries(entries) as JsonObject;
}

/** A catalogue entry of a rule that says nothing of itself: its reason is its id. */
export function entryDefaults(id: string): Omit<z.infer<typeof CatalogueEntry>, 'kind' | 'mode'> {
  return {
    owner: 'a team',
    reason: id,
    message: `The rule ${id} matched.`,
    remediation: '',
    suggest: [],
    severity: 'medium',
    overridable: false,
    approvers: [],
    appeal_path: '',
    controls: [],
    watch_until: '',
    title: `Rule ${id}`,
    description: '',
    reads: [],
    location: { file: 'synthetic.rego', row: 1 },
  };
}

function rootOf(name: string): string[] {
  return name.includes('/') ? name.split('/') : ['policy', name];
}

function placed(data: JsonObject, path: readonly string[], value: JsonObject): JsonObject {
  const [first, ...rest] = path;
  if (first === undefined) return { ...data, ...value };
  return { ...data, [first]: placed((data[first] ?? {}) as JsonObject, rest, value) };
}
