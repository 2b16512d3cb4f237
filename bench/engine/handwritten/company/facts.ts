/** What the catalogue of a bundle says of one rule, as far as decisions need it. */
interface Entry {
  readonly kind: string;
  readonly mode: string;
  readonly title: string;
  readonly owner: string;
  readonly reason: string;
  readonly message: string;
  readonly remediation: string;
  readonly appeal_path: string;
  readonly severity: 'critical' | 'high' | 'medium' | 'low';
  readonly overridable: boolean;
  readonly controls: readonly string[];
  readonly audit?: Audit;
}

export interface Audit {
  readonly level: 'basic' | 'full';
  readonly retention_days: number;
}

/** A rule of the company’s that is in force, made ready to be told. */
export interface Rule {
  readonly id: string;
  readonly kind: string;
  readonly slot: string;
  readonly entry: Entry;
  /** Its place among all rules in the order in which findings are told. */
  readonly rank: number;
  readonly told: unknown;
}

/** An exception of the release’s, as its data has it. */
export interface Override {
  readonly id: string;
  readonly lifts: readonly string[];
  readonly scope: Readonly<Record<string, readonly string[]>>;
  readonly not_before: number;
  readonly expires_at: number;
  readonly ticket: string;
}

interface Section {
  readonly catalogue: Readonly<Record<string, Entry>>;
}

interface Person {
  readonly status: string;
}

interface Agent extends Person {
  readonly scope: string;
  readonly versions: readonly string[];
}

export type Lists = Readonly<Record<string, readonly string[]>>;
type Numbers = Readonly<Record<string, number>>;
/** A number for each scope or tool; `default` for those that have none of their own. */
type Limits = Numbers & { readonly default: number };
/** Which arguments hold SQL. */
interface SqlArguments {
  readonly arguments: readonly string[];
  readonly tool_arguments: Lists;
  readonly exempt_tools: readonly string[];
}

/** The company’s data document, as its bundles and the builder make it. */
export interface CompanyData {
  readonly release: {
    readonly policy_version: string;
    readonly bundles: Readonly<Record<string, string>>;
    readonly required: readonly string[];
    readonly audit: Audit;
    readonly teams: Readonly<Record<string, unknown>>;
    readonly agents: Readonly<Record<string, readonly string[]>>;
    readonly servers: Readonly<Record<string, { readonly bundle_required: boolean }>>;
    readonly overrides: readonly Override[];
  };
  readonly policy: {
    readonly identity: Section & {
      readonly agents: Readonly<Record<string, Agent>>;
      readonly users: Readonly<Record<string, Person>>;
      readonly drivers: Lists;
      readonly interactive_scopes: readonly string[];
      readonly reach: Readonly<Record<string, Lists>>;
      readonly library: { readonly delegation_depth: { readonly max: Limits } };
    };
    readonly resource: Section & {
      readonly grants: Readonly<Record<string, Lists & { readonly resources: Lists }>>;
      readonly amounts: Numbers;
      readonly data_sources: { readonly arguments: Readonly<Record<string, string>>; readonly open: Lists };
      readonly folders: Lists;
      readonly library: {
        readonly withdrawn_targets: {
          readonly targets: readonly string[];
          readonly servers: readonly string[];
        };
        readonly bulk_export: {
          readonly arguments: readonly string[];
          readonly max: Limits;
          readonly required: readonly string[];
        };
        readonly mail_recipients: {
          readonly arguments: readonly string[];
          readonly domains: readonly string[];
          readonly exempt_tools: readonly string[];
        };
        readonly path_traversal: {
          readonly arguments: readonly string[];
          readonly exempt_tools: readonly string[];
        };
        readonly sql_stacked: SqlArguments & { readonly marks: readonly string[] };
        readonly sql_destructive: SqlArguments & { readonly words: readonly string[] };
      };
    };
    readonly workflow: Section & {
      readonly library: Readonly<
        Record<
          'turn_ceiling' | 'calls_in_a_row' | 'identical_calls' | 'token_ceiling',
          { readonly max: Limits }
        >
      > & {
        readonly session_age: { readonly max_seconds: Limits };
        readonly change_freeze: {
          readonly flags: readonly string[];
          readonly effects: readonly string[];
          readonly exempt_scopes: readonly string[];
        };
        readonly timeout_duty: { readonly radii_ms: Numbers; readonly tools_ms: Numbers };
      };
    };
    readonly compliance: Section & {
      readonly open_classes: readonly string[];
      readonly confined_classes: readonly string[];
      readonly library: {
        readonly data_residency: { readonly regions: Lists };
        readonly models_by_class: {
          readonly models: Lists & { readonly default: readonly string[] };
          readonly unlisted_models: boolean;
        };
        readonly mask_duty: {
          readonly fields: Readonly<Record<string, string>>;
          readonly tools: Readonly<Record<string, Readonly<Record<string, string>>>>;
        };
        readonly retention: {
          readonly floor_days: number;
          readonly classes: Numbers;
          readonly scopes: Numbers;
        };
      };
    };
  };
  readonly servers: {
    readonly crm: Section & {
      readonly search_text_min: number;
      readonly recipients_max: number;
      readonly tools_with_customer: readonly string[];
    };
    readonly payments: Section & {
      readonly refund_approval_above_cents: number;
      readonly iban_countries: readonly string[];
      readonly reason_letters_min: number;
    };
    readonly filesystem: Section & {
      readonly writable_folder: string;
      readonly writable_endings: readonly string[];
      readonly write_tools: readonly string[];
      readonly files_max: number;
      readonly path_arguments: Lists;
    };
  };
}

/** The number that holds for a scope or tool. */
export function limitOf(limits: Limits): (name: string) => number {
  const known = new Map(Object.entries(limits));
  return (name) => known.get(name) ?? limits.default;
}

const SEVERITY_RANKS = { critical: 1, high: 2, medium: 3, low: 4 };
const SLOTS: Readonly<Record<string, string>> = { identity: 'who', resource: 'what', 'servers.crm': 'what' };

/**
 * Every rule that is in force, by id, in the order in which findings are told.
 * @throws {Error} where the release has what is not written for: teams of its own.
 */
export function rulesOf(data: CompanyData): ReadonlyMap<string, Rule> {
  if (Object.keys(data.release.teams).length > 0) throw new Error('The handwritten policy knows no teams.');
  const sections = [
    ...Object.entries(data.policy).map(([name, { catalogue }]) => ({ source: name, catalogue })),
    ...Object.entries(data.servers).map(([name, { catalogue }]) => ({
      source: `servers.${name}`,
      catalogue,
    })),
  ];
  const rules = sections.flatMap(({ source, catalogue = {} }) =>
    Object.entries(catalogue)
      .filter(([, { mode }]) => mode === 'enforce')
      .map(([local, entry]) => {
        const slot = entry.kind === 'allow' ? (SLOTS[source] ?? '') : '';
        return { id: `${source}.${local}`, slot, entry, weight: weightOf(entry, slot) };
      }),
  );
  rules.sort((a, b) => a.weight - b.weight || (a.id < b.id ? -1 : 1));
  return new Map(rules.map(({ id, slot, entry }, rank) => [id, ruleOf({ id, slot, entry, rank })]));
}

function ruleOf({ id, slot, entry, rank }: Pick<Rule, 'id' | 'slot' | 'entry' | 'rank'>): Rule {
  const { kind, title, owner, reason, remediation, appeal_path } = entry;
  const told = { rule: id, effect: kind, title, owner, reason, remediation, appeal_path };
  return { id, kind, slot, entry, rank, told };
}

function weightOf({ kind, severity }: Entry, slot: string): number {
  if (kind === 'deny') return SEVERITY_RANKS[severity];
  if (kind === 'require_approval') return 10 + SEVERITY_RANKS[severity];
  if (kind === 'allow') return slot === 'who' ? 20 : 21;
  return kind === 'affirm' ? 22 : 23;
}
