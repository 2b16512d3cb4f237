import type { Input } from '@bailiff/contract';
import { type CompanyData, limitOf } from './facts.ts';
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
  const { targets, servers } = data.policy.resource.library.withdrawn_targets;
  const withdrawn = new Patterns(targets);
  const tool = rule('resource.tool_granted');
  const resource = rule('resource.resource_granted');
  const prompt = rule('resource.prompt_granted');
  const model = rule('resource.model_granted');
  const isWithdrawn = rule('resource.withdrawn_targets');
  return ({ agent, action }, found) => {
    const { type, target, server } = action;
    if (withdrawn.covers(target.id) || servers.includes(server)) found.push(isWithdrawn);
    const granted = scopes.get(agent.scope);
    if (granted === undefined) return;
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
  const { amounts: amountsMax, library } = data.policy.resource;
  const amounts = new Map(Object.entries(amountsMax));
  const { arguments: names, max } = library.bulk_export;
  const rowsMax = limitOf(max);
  const required = new Set(library.bulk_export.required);
  const amountOver = rule('resource.amount_over_limit');
  const amountUnusable = rule('resource.amount_unusable');
  const rowsOver = rule('resource.bulk_export');
  const rowsUnusable = rule('resource.bulk_export_unusable');
  const rowsMissing = rule('resource.bulk_export_unbounded');
  return ({ action: { tool, args } }, found) => {
    const amountMax = amounts.get(tool);
    if (amountMax !== undefined) {
      const amount = ownOf(args, 'amount_cents');
      if (typeof amount !== 'number' || amount < 1) found.push(amountUnusable);
      else if (amount > amountMax) found.push(amountOver);
    }
    const given = valuesOf(args, names);
    if (given.length > 0) {
      const most = rowsMax(tool);
      if (given.some((rows) => typeof rows === 'number' && rows > most)) found.push(rowsOver);
      if (!given.every((rows) => typeof rows === 'number' && rows >= 1)) found.push(rowsUnusable);
    }
    if (required.has(tool) && !given.some((rows) => typeof rows === 'number')) found.push(rowsMissing);
  };
}

function mail(data: CompanyData, rule: RuleFinder): Judge {
  const { arguments: names, domains, exempt_tools } = data.policy.resource.library.mail_recipients;
  const endings = domains.map((domain) => `@${domain}`);
  const outside = rule('resource.mail_recipients');
  const unusable = rule('resource.recipient_unusable');
  const isInside = (recipient: unknown) =>
    typeof recipient === 'string' &&
    ADDRESS.test(recipient) &&
    endings.some((ending) => recipient.toLowerCase().endsWith(ending));
  return ({ action: { tool, args, effects } }, found) => {
    if (tool === 'crm.send_email') {
      const to = ownOf(args, 'to');
      if (!Array.isArray(to) || to.length === 0) found.push(unusable);
    }
    if (!effects.includes('external') || exempt_tools.includes(tool)) return;
    if (!valuesOf(args, names).every((value) => isReadable(value) && textsIn(value).every(isInside)))
      found.push(outside);
  };
}

function paths(data: CompanyData, rule: RuleFinder): Judge {
  const folders = new Map(Object.entries(data.policy.resource.folders));
  const { arguments: names, exempt_tools } = data.policy.resource.library.path_traversal;
  const traversal = rule('resource.path_traversal');
  const unreadable = rule('resource.path_traversal_unreadable');
  const unusable = rule('resource.path_unusable');
  const outside = rule('resource.path_outside_folders');
  return ({ agent, action }, found) => {
    const { target, server, tool, args } = action;
    const given = exempt_tools.includes(tool) ? NOTHING : valuesOf(args, names);
    const climbsAs = (path: unknown) => typeof path === 'string' && isClimbing(path);
    if (
      (target.kind === 'resource' && isClimbing(target.id)) ||
      given.some((value) => textsIn(value).some(climbsAs))
    )
      found.push(traversal);
    const isText = (path: unknown) => typeof path === 'string';
    if (!given.every((value) => isReadable(value) && textsIn(value).every(isText))) found.push(unreadable);
    if (server !== 'filesystem') return;
    const several = ownOf(args, 'paths');
    const named = pathsOf(args);
    const isUnusable =
      (several !== undefined && !Array.isArray(several)) ||
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

const HIDING = /[%\\\0\n\r\t]/;

function isClimbing(path: string): boolean {
  if (HIDING.test(path) || path.trim().startsWith('~')) return true;
  return path.includes('..') && path.split('/').some((name) => name.trim() === '..');
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
  const { sql_stacked, sql_destructive } = data.policy.resource.library;
  const words = sql_destructive.words.map((word) => word.replaceAll(' ', '[\\t\\n\\f\\r ]+'));
  const changing = new RegExp(`\\b(?:${words.join('|')})\\b`);
  const stacked = rule('resource.sql_stacked');
  const destructive = rule('resource.sql_destructive');
  const notReadOnly = rule('resource.sql_not_read_only');
  const isStacked = (text: string) => {
    const trimmed = text.trim();
    const single = trimmed.endsWith(';') ? trimmed.slice(0, -1) : trimmed;
    return single.includes(';') || sql_stacked.marks.some((mark) => text.includes(mark));
  };
  return ({ action: { tool, args } }, found) => {
    if (sqlOf(tool, args, sql_stacked).some((text) => typeof text !== 'string' || isStacked(text)))
      found.push(stacked);
    if (
      sqlOf(tool, args, sql_destructive).some(
        (text) => typeof text !== 'string' || changing.test(text.toLowerCase()),
      )
    )
      found.push(destructive);
    if (tool !== 'crm.query') return;
    const statement = ownOf(args, 'sql');
    if (typeof statement === 'string' && !QUERY.test(statement.toLowerCase())) found.push(notReadOnly);
  };
}

/** What a call has as SQL; undefined in it for what has to be given and is not. */
function sqlOf(
  tool: string,
  args: Input['action']['args'],
  named: CompanyData['policy']['resource']['library']['sql_stacked' | 'sql_destructive'],
): readonly unknown[] {
  if (named.exempt_tools.includes(tool)) return NOTHING;
  const required = Object.hasOwn(named.tool_arguments, tool) ? named.tool_arguments[tool] : undefined;
  const given = valuesOf(args, named.arguments);
  return required === undefined ? given : [...given, ...required.map((name) => ownOf(args, name))];
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

/** The values of those of the arguments that are given. */
function valuesOf(args: Input['action']['args'], names: readonly string[]): readonly unknown[] {
  return names.filter((name) => Object.hasOwn(args, name)).map((name) => args[name]);
}

const isReadable = (value: unknown): boolean => typeof value === 'string' || Array.isArray(value);

/** A text alone, or what a list or an object holds. */
const textsIn = (value: unknown): readonly unknown[] =>
  typeof value === 'string' ? [value] : membersOf(value);

function membersOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return typeof value === 'object' && value !== null ? Object.values(value) : NOTHING;
}

const NOTHING: readonly unknown[] = [];
