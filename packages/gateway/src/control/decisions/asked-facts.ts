import type { DecisionRequest, Directory, Principal } from '@bailiff/contract';
import { NO_USER } from '@bailiff/contract';
import type { Fault } from '../fault.ts';

const SIMULATE = 'Leave it out, or use "simulate": true.';

/** Facts that only the gateway may establish, and where it takes them from. */
const ESTABLISHED: Readonly<Record<string, string>> = {
  'action.provider': 'comes from the configuration',
  'action.region': 'comes from the configuration',
  'action.effects': 'comes from the catalogue',
  'action.blast_radius': 'comes from the catalogue',
  'context.data_classes_seen': 'is computed from earlier calls',
  'environment.time': 'comes from the gateway’s clock',
  'environment.time_s': 'comes from the gateway’s clock',
  'environment.weekday': 'comes from the gateway’s clock',
  'environment.minute_of_day': 'comes from the gateway’s clock',
  'session.protocol': 'is established by the gateway',
  'session.transport': 'is established by the gateway',
  'session.auth_method': 'is established by the gateway',
};

/** What a real decision never takes from its caller. `result` and `approval` may say null, which claims nothing. */
export function unaskableFacts(document: DecisionRequest): Fault[] {
  const faults: Fault[] = [];
  const refuse = (path: string, problem: string): void => {
    faults.push({ path, problem: `${problem} and is never taken from the document`, mend: SIMULATE });
  };
  for (const [path, problem] of Object.entries(ESTABLISHED)) {
    const [section = '', field = ''] = path.split('.');
    if (valueAt(document, section, field) !== undefined) refuse(path, problem);
  }
  if ((document.action.phase ?? 'request') !== 'request') refuse('action.phase', 'is "request" here');
  if ((document.result ?? null) !== null) refuse('result', 'is known only after a call');
  if (document.usage !== undefined) refuse('usage', 'comes from the ledger');
  if ((document.approval ?? null) !== null) refuse('approval', 'is verified by the gateway');
  return faults;
}

function valueAt(document: DecisionRequest, section: string, field: string): unknown {
  const facts: unknown = Object.hasOwn(document, section)
    ? document[section as keyof DecisionRequest]
    : undefined;
  if (typeof facts !== 'object' || facts === null || !Object.hasOwn(facts, field)) return undefined;
  return Object.entries(facts).find(([key]) => key === field)?.[1];
}

/**
 * What the document says of agent and user that the directory does not. Policy decides with the directory, so a caller
 * who believes otherwise must hear of it.
 */
export function strangeFacts(
  { agent, user }: DecisionRequest,
  principal: Principal,
  directory: Directory | undefined,
): Fault[] {
  const registered = {
    agent: { scope: 'unknown', owner_team: 'unknown', ...ownEntry(directory?.agents, principal.agentId) },
    user:
      principal.userId === ''
        ? NO_USER
        : { ...NO_USER, kind: 'human', ...ownEntry(directory?.users, principal.userId) },
  };
  const checks: readonly (readonly [string, unknown, unknown])[] = [
    ['agent.scope', agent?.scope, registered.agent.scope],
    ['agent.owner_team', agent?.owner_team, registered.agent.owner_team],
    ['user.kind', user?.kind, registered.user.kind],
    ['user.groups', sorted(user?.groups), sorted(registered.user.groups)],
    [
      'user.data_classifications_authorized',
      sorted(user?.data_classifications_authorized),
      sorted(registered.user.data_classifications_authorized),
    ],
  ];
  return checks
    .filter(([, said, known]) => said !== undefined && said !== known)
    .map(([path]) => ({ path, problem: 'is not what the directory says', mend: SIMULATE }));
}

function ownEntry<T>(entries: Readonly<Record<string, T>> | undefined, id: string): T | undefined {
  return entries !== undefined && Object.hasOwn(entries, id) ? entries[id] : undefined;
}

/** The set that a list stands for, comparable. */
function sorted(list: readonly string[] | undefined): string | undefined {
  return list === undefined ? undefined : JSON.stringify([...new Set(list)].sort());
}

/** Where the caller stands is the gateway’s to say, unless the credential may decide for others. */
export function foreignPlaces({ environment }: DecisionRequest, asker: Principal): Fault[] {
  if (asker.permissions.has('decide_for')) return [];
  return (['region', 'is_production', 'flags'] as const)
    .filter((field) => environment?.[field] !== undefined)
    .map((field) => ({
      path: `environment.${field}`,
      problem: 'is taken only from a credential with the permission decide_for',
      mend: SIMULATE,
    }));
}
