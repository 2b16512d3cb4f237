import type { Input } from '@bailiff/contract';
import { type CompanyData, type Lists, limitOf, type Rule } from './facts.ts';
import { Patterns } from './patterns.ts';

/** Looks at an input and says which rules hold. */
export type Judge = (input: Input, found: Rule[]) => void;
/** The rule of an id. */
export type RuleFinder = (id: string) => Rule;

/** The identity bundle’s rules. */
export function identityJudge(data: CompanyData, rule: RuleFinder): Judge {
  const { interactive_scopes, library } = data.policy.identity;
  const depthMax = limitOf(library.delegation_depth.max);
  const agents = new Map(Object.entries(data.policy.identity.agents));
  const users = new Map(Object.entries(data.policy.identity.users));
  const drivers = new Map(Object.entries(data.policy.identity.drivers));
  const unregistered = rule('identity.agent_unregistered');
  const disabled = rule('identity.agent_disabled');
  const linkUnregistered = rule('identity.delegation_unregistered');
  const linkDisabled = rule('identity.delegation_disabled');
  const loop = rule('identity.delegation_depth_loop');
  const tooDeep = rule('identity.delegation_depth');
  const userUnknown = rule('identity.user_unknown');
  const userDisabled = rule('identity.user_disabled');
  const userMissing = rule('identity.user_missing');
  const service = rule('identity.service_account_interactive');
  const mayNotDrive = rule('identity.user_may_not_drive_agent');
  const inScope = rule('identity.agent_in_scope');

  return ({ agent, user }, found) => {
    const registered = agents.get(agent.id);
    if (registered === undefined) found.push(unregistered);
    else if (registered.status === 'disabled') found.push(disabled);
    const { chain } = agent;
    if (chain.length > 0) {
      if (chain.some((link) => !agents.has(link))) found.push(linkUnregistered);
      if (chain.some((link) => agents.get(link)?.status === 'disabled')) found.push(linkDisabled);
      if (new Set([...chain, agent.id]).size <= chain.length) found.push(loop);
      if (chain.length > depthMax(agent.scope)) found.push(tooDeep);
    }
    const known = users.get(user.id);
    const isInteractive = interactive_scopes.includes(agent.scope);
    const isInteractiveService = user.kind === 'service' && isInteractive;
    if (user.kind === 'none') {
      if (isInteractive) found.push(userMissing);
    } else if (known === undefined) found.push(userUnknown);
    if (known?.status === 'disabled') found.push(userDisabled);
    if (isInteractiveService) found.push(service);
    if (known?.status === 'active' && registered?.status === 'active') {
      const driving = drivers.get(agent.scope);
      if (driving !== undefined && user.groups.some((group) => driving.includes(group))) found.push(inScope);
      else if (!isInteractiveService) found.push(mayNotDrive);
    }
  };
}

const LIST_OF = {
  tool: 'tools',
  resource: 'resources',
  prompt: 'prompts',
  model: 'models',
  subagent: 'subagents',
};

/** Whether what is asked for is within what the agent, and every agent before it, may reach. */
export function reachCheck(data: CompanyData): (input: Input) => boolean {
  const { agents, reach } = data.policy.identity;
  const active = Object.entries(agents).filter(([, { status }]) => status === 'active');
  const scopes = new Map(active.map(([id, { scope }]) => [id, scope]));
  const lists = new Map(Object.entries(reach));
  const patterns = new Map(Object.entries(reach).map(([scope, own]) => [scope, patternsOf(own)]));
  const reachOf = (agent: string) => lists.get(scopes.get(agent) ?? '');

  return ({ agent, action }) => {
    const scope = scopes.get(agent.id) ?? '';
    const own = patterns.get(scope);
    if (own === undefined) return false;
    const allowed =
      agent.chain.length === 0 ? own : patternsOf(shared(lists.get(scope) ?? {}, agent.chain, reachOf));
    const { server, target, data_classes_referenced: classes } = action;
    if (server !== '' && allowed.get('servers')?.covers(server) !== true) return false;
    if (allowed.get(LIST_OF[target.kind])?.covers(target.id) !== true) return false;
    return classes.every((one) => allowed.get('data_classes')?.covers(one) === true);
  };
}

function patternsOf(lists: Lists): ReadonlyMap<string, Patterns> {
  return new Map(Object.entries(lists).map(([kind, entries]) => [kind, new Patterns(entries)]));
}

/** The entries of any link that every link covers. */
function shared(own: Lists, chain: readonly string[], reachOf: (agent: string) => Lists | undefined): Lists {
  const links = chain.map(reachOf);
  return Object.fromEntries(
    Object.entries(own).map(([kind, entries]) => {
      const all = [entries, ...links.map((link) => link?.[kind] ?? [])];
      const covers = all.map((list) => new Patterns(list));
      return [kind, all.flat().filter((entry) => covers.every((one) => one.covers(entry)))];
    }),
  );
}
