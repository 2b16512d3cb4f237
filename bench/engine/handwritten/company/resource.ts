import type { Input } from '@bailiff/contract';
import type { CompanyData } from './facts.ts';
import type { Judge, RuleFinder } from './identity.ts';
import { Patterns } from './patterns.ts';

const ADDRESS = /^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+$/;
const PATH = /^[A-Za-z0-9 ._/-]+$/;
const QUERY = /^[\t\n\f\r ]*(?:select|with)\b/;

/** The resource bundle’s rules. */
export function resourceJudge(data: CompanyData, rule: RuleFinder): Judge {
  const judges = [
    grants(data, rule),
    numbers(data, rule),
    mail(data, rule),
    paths(data, rule),
    sources(data, rule),
    sql(data, rule),
  ];
  return (input, found) => {
    for (const judge of judges) judge(input, found);
  };
}

function grants(data: CompanyData, rule: RuleFinder): Judge {
  const scopes = new Map(
    Object.entries(data.policy.resource.grants).map(([scope, { tools, prompts, models, resources }]) => [
      scope,
      {
        tools: new Patterns(tools),
        prompts: new Patterns(prompts),
        models: new Patterns(models),
        resources: new Map(Object.entries(resources).map(([server, list]) => [server, new Patterns(list)])),
      },
    ]),
  );
  const withdrawn = new Set(data.policy.resource.withdrawn_tools);
  const tool = rule('resource.tool_granted');
  const resource = rule('resource.resource_granted');
  const prompt = rule('resource.prompt_granted');
  const model = rule('resource.model_granted');
  const toolWithdrawn = rule('resource.tool_withdrawn');
  return ({ agent, action }, found) => {
    if (withdrawn.has(action.tool)) found.push(toolWithdrawn);
    const granted = scopes.get(agent.scope);
    if (granted === undefined) return;
    const { type, target, server } = action;
    switch (target.kind) {
      case 'tool':
        if ((type === 'tool_call' || type === 'task') && granted.tools.covers(target.id)) found.push(tool);
        break;
      case 'resource':
        if (
          (type === 'resource_read' || type === 'resource_subscribe' || type === 'completion') &&
          granted.resources.get(server)?.covers(target.id) === true
        )
          found.push(resource);
        break;
      case 'prompt':
        if ((type === 'prompt_get' || type === 'completion') && granted.prompts.covers(target.id))
          found.push(prompt);
        break;
      case 'model':
        if (type === 'model_call' && granted.models.covers(target.id)) found.push(model);
        break;
      default:
    }
  };
}

/** Amounts and rows. */
function numbers(data: CompanyData, rule: RuleFinder): Judge {
  const { amounts: amountsMax, rows: limits } = data.policy.resource;
  const amounts = new Map(Object.entries(amountsMax));
  const rowLimits = new Map(Object.entries(limits.limits));
  const required = new Set(limits.required);
  const amountOver = rule('resource.amount_over_limit');
  const amountUnusable = rule('resource.amount_unusable');
  const rowsOver = rule('resource.rows_over_limit');
  const rowsUnusable = rule('resource.rows_unusable');
  const rowsMissing = rule('resource.rows_missing');
  return ({ action: { tool, args } }, found) => {
    const amountMax = amounts.get(tool);
    if (amountMax !== undefined) {
      const amount = ownOf(args, 'amount_cents');
      if (typeof amount !== 'number' || amount < 1) found.push(amountUnusable);
      else if (amount > amountMax) found.push(amountOver);
    }
    const rows = ownOf(args, 'rows');
    const rowsMax = rowLimits.get(tool);
    if (rowsMax !== undefined && rows !== undefined) {
      if (typeof rows !== 'number' || rows < 1) found.push(rowsUnusable);
      else if (rows > rowsMax) found.push(rowsOver);
    }
    if (required.has(tool) && (rows === undefined || rows === 'missing')) found.push(rowsMissing);
  };
}

function mail(data: CompanyData, rule: RuleFinder): Judge {
  const domains = data.policy.resource.mail_domains;
  const outside = rule('resource.recipient_outside_company');
  const unusable = rule('resource.recipient_unusable');
  return ({ action: { tool, args } }, found) => {
    if (tool !== 'crm.send_email') return;
    const to = ownOf(args, 'to');
    const all = membersOf(to);
    const recipients = all.filter((one) => typeof one === 'string');
    if (
      !Array.isArray(to) ||
      to.length === 0 ||
      recipients.length < all.length ||
      !recipients.every((one) => ADDRESS.test(one))
    )
      found.push(unusable);
    if (recipients.some((one) => !domains.some((domain) => one.toLowerCase().endsWith(domain))))
      found.push(outside);
  };
}

function paths(data: CompanyData, rule: RuleFinder): Judge {
  const folders = new Map(Object.entries(data.policy.resource.folders));
  const traversal = rule('resource.path_traversal');
  const uriUnusable = rule('resource.uri_unusable');
  const unusable = rule('resource.path_unusable');
  const outside = rule('resource.path_outside_folders');
  return ({ agent, action }, found) => {
    const { target, server, tool, args } = action;
    if (target.kind === 'resource' && /\.\.|%|\\/.test(target.id)) found.push(uriUnusable);
    if (server !== 'filesystem') return;
    const several = ownOf(args, 'paths');
    const named = pathsOf(args);
    if (named.some((path) => path.includes('..'))) found.push(traversal);
    const isUnusable =
      (several !== undefined && !Array.isArray(several)) ||
      membersOf(several).some((path) => typeof path !== 'string') ||
      PATH_ARGUMENTS.some((name) => Object.hasOwn(args, name) && typeof args[name] !== 'string') ||
      named.some((path) => !PATH.test(path));
    if (isUnusable) found.push(unusable);
    const isListing =
      (tool === 'filesystem.list_directory' || tool === 'filesystem.list_directory_with_sizes') &&
      ownOf(args, 'path') === '.';
    const open = folders.get(agent.scope) ?? [];
    const isOpen = (path: string) =>
      open.some((folder) => path === folder || (path.startsWith(folder) && path[folder.length] === '/'));
    if (!isListing && !named.every(isOpen)) found.push(outside);
  };
}

function sources(data: CompanyData, rule: RuleFinder): Judge {
  const named = new Map(Object.entries(data.policy.resource.data_sources.arguments));
  const open = new Map(Object.entries(data.policy.resource.data_sources.open));
  const notOpen = rule('resource.data_source_not_open');
  return ({ agent, action: { tool, args } }, found) => {
    const argument = named.get(tool);
    if (argument === undefined) return;
    const source = ownOf(args, argument) ?? '';
    if (typeof source !== 'string' || open.get(agent.scope)?.includes(source) !== true) found.push(notOpen);
  };
}

function sql(data: CompanyData, rule: RuleFinder): Judge {
  const changing = new RegExp(`\\b(?:${data.policy.resource.sql_verbs_that_change.join('|')})\\b`);
  const unusable = rule('resource.sql_unusable');
  const notReadOnly = rule('resource.sql_not_read_only');
  return ({ action: { tool, args } }, found) => {
    if (tool !== 'crm.query') return;
    const statement = ownOf(args, 'sql');
    if (typeof statement !== 'string') {
      found.push(unusable);
      return;
    }
    const trimmed = statement.trim();
    const single = trimmed.endsWith(';') ? trimmed.slice(0, -1) : trimmed;
    if (single.includes(';') || statement.includes('--') || statement.includes('/*')) found.push(unusable);
    const text = statement.toLowerCase();
    if (!QUERY.test(text) || changing.test(text)) found.push(notReadOnly);
  };
}

const PATH_ARGUMENTS = ['path', 'source', 'destination'];

/** Every path that the arguments of a call name. */
export function pathsOf(args: Input['action']['args']): string[] {
  const single = PATH_ARGUMENTS.map((name) => ownOf(args, name));
  return [...single, ...membersOf(ownOf(args, 'paths'))].filter((path) => typeof path === 'string');
}

export function ownOf(args: Input['action']['args'], name: string): unknown {
  return Object.hasOwn(args, name) ? args[name] : undefined;
}

function membersOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return typeof value === 'object' && value !== null ? Object.values(value) : NOTHING;
}

const NOTHING: readonly unknown[] = [];
