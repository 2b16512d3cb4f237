import type { Input } from '@bailiff/contract';
import { complianceJudge, type Duties, dutiesOf, workflowJudge } from './compliance.ts';
import { type Audit, type CompanyData, type Override, type Rule, rulesOf } from './facts.ts';
import { identityJudge, type RuleFinder, reachCheck } from './identity.ts';
import { inputFailures } from './presence.ts';
import { resourceJudge } from './resource.ts';
import { serverJudges } from './servers.ts';

const OUTCOMES = { 6: 'approval_required' } as Readonly<Record<number, string>>;
const OTHER_VERSION = 'agent_version_not_in_release';
const MESSAGES: Readonly<Record<string, string>> = {
  [OTHER_VERSION]: 'This version of the agent is not part of the release that decides.',
  policy_unavailable: 'Policy could not be evaluated, so the call is refused.',
  no_grant_who: 'No rule says that this agent and user may act.',
  no_grant_what: 'No rule says that this may be used.',
  outside_capabilities: 'This is outside what the agent may reach.',
};

interface Failure {
  readonly kind: string;
  readonly subject: string;
}

/** What was found out about one input. */
interface Situation {
  readonly row: number;
  readonly failures: readonly Failure[];
  readonly order: readonly Rule[];
  readonly deciding: readonly Rule[];
  readonly ownReasons: readonly string[];
  readonly overrides: readonly unknown[];
  readonly duties: Duties;
  readonly isApproval: boolean;
}

/** The example company’s whole decision, rules and kernel, as a person would write it without a policy language. */
export function companyPolicy(given: unknown): (input: unknown) => unknown {
  const data = given as CompanyData;
  const rules = rulesOf(data);
  const rule: RuleFinder = (id) => {
    const known = rules.get(id);
    if (known === undefined) throw new Error(`The release has no rule ${id}.`);
    return known;
  };
  const { servers: registered, bundles, overrides, agents } = data.release;
  const versions = new Map(Object.entries(agents));
  const servers = new Map(Object.entries(registered));
  const judges = [
    identityJudge(data, rule),
    resourceJudge(data, rule),
    workflowJudge(data, rule),
    complianceJudge(data, rule),
  ];
  const ofServer = serverJudges(data, rule);
  const obliging = dutiesOf(data, rule);
  const isWithinReach = reachCheck(data);
  const told = answerOf(data);

  return (text) => {
    const input = text as Input;
    const invalid = inputFailures(text as Readonly<Record<string, unknown>>);
    if (invalid.length > 0) return told(input, unusable(invalid, obliging(partsOf(input), [])));
    const found: Rule[] = [];
    for (const judge of judges) judge(input, found);
    ofServer.get(input.action.server)?.(input, found);
    const duties = obliging(input.action, found);
    found.sort((a, b) => a.rank - b.rank);
    const failures = targetFailures(input, servers, bundles);
    const listed = versions.get(input.agent.id) ?? [];
    const isOtherVersion = listed.length > 0 && !listed.includes(input.agent.version);
    return told(
      input,
      situationOf(input, { found, duties, failures, overrides, isOtherVersion, isWithinReach }),
    );
  };
}

/** The parts of an unusable input that duties are still worked out from. */
function partsOf(input: Input): Pick<Input['action'], 'tool' | 'blast_radius' | 'data_classes_referenced'> {
  const { tool = '', blast_radius = 'low', data_classes_referenced: classes } = input.action ?? {};
  return { tool, blast_radius, data_classes_referenced: Array.isArray(classes) ? classes : [] };
}

function unusable(subjects: readonly string[], { mask, timeoutMs }: Duties): Situation {
  return {
    row: 1,
    failures: subjects.map((subject) => ({ kind: 'input_invalid', subject })),
    order: [],
    deciding: [],
    ownReasons: ['policy_unavailable'],
    overrides: [],
    duties: { mask, timeoutMs, audits: [] },
    isApproval: false,
  };
}

function targetFailures(
  { action: { server, subagent } }: Input,
  servers: ReadonlyMap<string, { readonly bundle_required: boolean }>,
  bundles: Readonly<Record<string, string>>,
): readonly Failure[] {
  const failures: Failure[] = [];
  if (server !== '') {
    const registration = servers.get(server);
    const subject = `servers/${server}`;
    if (registration === undefined) failures.push({ kind: 'server_unregistered', subject });
    else if (registration.bundle_required && !Object.hasOwn(bundles, subject))
      failures.push({ kind: 'bundle_missing', subject });
  }
  if (subagent !== '') throw new Error('The handwritten policy is asked about no subagent.');
  return failures;
}

interface Found {
  readonly found: readonly Rule[];
  readonly duties: Duties;
  readonly failures: readonly Failure[];
  readonly overrides: readonly Override[];
  readonly isOtherVersion: boolean;
  readonly isWithinReach: (input: Input) => boolean;
}

function situationOf(input: Input, about: Found): Situation {
  const { found, duties, failures, overrides, isOtherVersion, isWithinReach } = about;
  const denials = found.filter(({ kind }) => kind === 'deny');
  const isHard = denials.some(({ entry }) => !entry.overridable);
  const reaching = denials.length === 0 ? [] : overrides.filter((one) => isReaching(one, input, denials));
  const standing = denials.filter(
    ({ id, entry }) => entry.overridable && !reaching.some(({ lifts }) => lifts.includes(id)),
  );
  const missing = grantsMissing(found);
  if (!isWithinReach(input)) missing.push('outside_capabilities');
  const rules = input.approval?.rules ?? [];
  const unmet = found.filter(({ kind, id }) => kind === 'require_approval' && !rules.includes(id));
  const row =
    failures.length > 0
      ? 1
      : isHard || isOtherVersion
        ? 2
        : standing.length > 0
          ? 3
          : missing.length > 0
            ? 4
            : unmet.length > 0
              ? 6
              : 7;
  const deciding = decidingAt(row, { denials, standing, unmet, found });
  const used = row === 1 ? [] : reaching;
  return {
    row,
    failures,
    order: found,
    deciding,
    ownReasons: ownReasonsAt(row, missing, isOtherVersion),
    overrides: used.map((one) => toldOverride(one, row === 2 ? 'refused' : 'used', denials)),
    duties,
    isApproval: input.approval !== null,
  };
}

function ownReasonsAt(row: number, missing: readonly string[], isOtherVersion: boolean): readonly string[] {
  if (row === 1) return ['policy_unavailable'];
  if (row === 2) return isOtherVersion ? [OTHER_VERSION] : [];
  return row === 4 ? missing : [];
}

function decidingAt(
  row: number,
  all: Readonly<Record<'denials' | 'standing' | 'unmet' | 'found', readonly Rule[]>>,
): readonly Rule[] {
  switch (row) {
    case 2:
      return all.denials;
    case 3:
      return all.standing;
    case 6:
      return all.unmet;
    case 7:
      return all.found.filter(isGrant);
    default:
      return [];
  }
}

const isGrant = ({ kind }: Rule): boolean => kind === 'allow' || kind === 'affirm';

function grantsMissing(found: readonly Rule[]): string[] {
  const missing: string[] = [];
  if (!found.some(({ slot }) => slot === 'who')) missing.push('no_grant_who');
  if (!found.some(({ slot }) => slot === 'what')) missing.push('no_grant_what');
  return missing;
}

/** The builder ships only exceptions that are valid, and that lift rules which may be lifted. */
function isReaching(
  { not_before, expires_at, scope, lifts }: Override,
  { environment, agent, user, action }: Input,
  denials: readonly Rule[],
): boolean {
  if (environment.time_s < not_before || environment.time_s >= expires_at) return false;
  if (!denials.some(({ id }) => lifts.includes(id))) return false;
  const facts: Readonly<Record<string, string>> = {
    agents: agent.id,
    teams: agent.owner_team,
    users: user.id,
    servers: action.server,
    tools: action.tool,
    models: action.model,
  };
  return Object.entries(scope).every(([dimension, names]) => {
    const fact = facts[dimension] ?? '';
    return fact !== '' && names.includes(fact);
  });
}

function toldOverride(override: Override, status: string, denials: readonly Rule[]): unknown {
  const { id, lifts, ticket, expires_at } = override;
  return {
    id,
    lifts: denials.filter((denial) => lifts.includes(denial.id)).map((denial) => denial.id),
    status,
    ticket,
    expires_at,
  };
}

/** Revisions of the bundles that speak for a call; no team of the company has one. */
function speakingBundles({
  bundles,
}: CompanyData['release']): (input: Input) => Readonly<Record<string, string>> {
  const categories = Object.fromEntries(Object.entries(bundles).filter(([name]) => !name.includes('/')));
  return ({ action }) => {
    const name = `servers/${action?.server}`;
    const revision = bundles[name];
    return revision === undefined ? categories : { ...categories, [name]: revision };
  };
}

/** Writes the answer to what was found out. */
function answerOf({ release }: CompanyData): (input: Input, situation: Situation) => unknown {
  const { policy_version, audit: releaseAudit } = release;
  const speaking = speakingBundles(release);
  return (input, { row, failures, order, deciding, ownReasons, overrides, duties, isApproval }) => {
    const audits = order.flatMap(({ entry }) => (entry.audit === undefined ? [] : [entry.audit]));
    const wishes = [...audits, ...duties.audits];
    const [first] = deciding;
    const isDenial = row === 2 || row === 3 || row === 6;
    const metadata = {
      policy_version,
      bundles: speaking(input),
      matched_rules: order.map(({ id }) => id),
      rules: order.map(({ told }) => told),
      overrides,
      resolution: row,
      failures: row === 1 ? failures : [],
      audit_required:
        row === 1 ||
        row === 6 ||
        overrides.length > 0 ||
        isApproval ||
        wishes.length > 0 ||
        releaseAudit.level === 'full' ||
        deciding.some(
          ({ kind, entry }) =>
            kind === 'deny' && (entry.severity === 'critical' || entry.severity === 'high'),
        ),
      audit: {
        ...strictest([releaseAudit, ...wishes]),
        controls: [...new Set(order.flatMap(({ entry }) => entry.controls))].sort(),
      },
      appeal_path: isDenial
        ? (deciding.find(({ entry }) => entry.appeal_path !== '')?.entry.appeal_path ?? '')
        : '',
      mask: duties.mask ?? {},
    };
    const reasons = [...ownReasons, ...new Set(deciding.map(({ entry }) => entry.reason))];
    const obligations = row >= 6 ? obligationsOf(duties) : [];
    if (row === 7) return { allow: true, outcome: 'allow', reasons, obligations, metadata };
    const isOwn = ownReasons.length > 0 || first === undefined;
    const message = isOwn ? ownReasons.map((code) => MESSAGES[code]).join(' ') : first.entry.message;
    const remediation = isOwn ? '' : first.entry.remediation;
    return {
      allow: false,
      outcome: OUTCOMES[row] ?? 'deny',
      reasons,
      message,
      obligations,
      metadata,
      ...(remediation === '' ? {} : { remediation }),
    };
  };
}

function obligationsOf({ mask, timeoutMs, audits }: Duties): readonly unknown[] {
  return [
    ...(mask === undefined ? [] : [{ kind: 'mask', fields: mask }]),
    ...(timeoutMs === undefined ? [] : [{ kind: 'limit', limits: { timeout_ms: timeoutMs } }]),
    ...(audits.length === 0 ? [] : [{ kind: 'audit', ...strictest(audits) }]),
  ];
}

function strictest(audits: readonly Audit[]): Audit {
  return {
    level: audits.some(({ level }) => level === 'full') ? 'full' : 'basic',
    retention_days: Math.max(...audits.map(({ retention_days }) => retention_days)),
  };
}
