import {
  type ActionType,
  type AskedAction,
  type JsonObject,
  Name,
  type Target,
  type TargetKind,
} from '@bailiff/contract';
import type { Fault } from '../fault.ts';

/** What is attempted, with the names of one target that agree with each other. */
export interface NamedAction {
  readonly type: ActionType;
  readonly target: Target;
  readonly server: string;
  readonly toolName: string;
  readonly model: string;
  readonly subagent: string;
  readonly args: JsonObject;
}

/** The kinds of target that each type of action may have; the first that is named counts. */
const KINDS: Readonly<Record<ActionType, readonly TargetKind[]>> = {
  tool_call: ['tool'],
  task: ['tool'],
  model_call: ['model'],
  resource_read: ['resource'],
  resource_subscribe: ['resource'],
  prompt_get: ['prompt'],
  completion: ['prompt', 'resource'],
  subagent_call: ['subagent'],
  sampling: ['model'],
  elicitation: ['tool', 'prompt', 'resource'],
  roots: ['resource'],
};

/** Types of action that concern no MCP server. */
const SERVERLESS: ReadonlySet<ActionType> = new Set<ActionType>(['model_call', 'subagent_call']);

/** Longest name of a target; longest URI. */
const NAME_CHARACTERS_MAX = 512;
const URI_CHARACTERS_MAX = 4_096;

const NAMES = ['tool', 'model', 'resource', 'prompt', 'subagent'] as const satisfies readonly TargetKind[];

/** Fields of the document that name a target of each kind. */
const FIELD_OF: Readonly<Record<TargetKind, string>> = {
  tool: 'action.tool',
  model: 'action.model',
  resource: 'action.resource',
  prompt: 'action.prompt',
  subagent: 'action.subagent',
};

/** What each field looks like, for people. */
const EXAMPLE: Readonly<Record<TargetKind, string>> = {
  tool: '"tool": "crm.read"',
  model: '"model": "onprem-70b"',
  resource: '"resource": "file:///srv/handbook.md"',
  prompt: '"prompt": "summary"',
  subagent: '"subagent": "researcher"',
};

/**
 * Fills in what the names of an action imply: `tool` gives server, tool name and target; a model, resource, prompt or
 * subagent gives the target. Names that disagree are faults, since rules and grants read different ones of them.
 */
export function namedAction(asked: AskedAction, args: JsonObject): NamedAction | readonly Fault[] {
  const faults = [...strayNames(asked), ...unprintableNames(asked)];
  const [kind, id] = targetOf(asked) ?? [];
  if (kind === undefined || id === undefined) return [...faults, missingTarget(asked.type)];
  const tool = kind === 'tool' ? toolParts(id, asked) : undefined;
  if (kind === 'tool' && tool === undefined) faults.push(MALFORMED_TOOL);
  const server = tool?.server ?? asked.server ?? '';
  const toolName = tool?.name ?? '';
  faults.push(...disagreements(asked, { kind, id, server, toolName }));
  if (faults.length > 0) return faults;
  return {
    type: asked.type,
    target: { kind, id },
    server,
    toolName,
    model: kind === 'model' ? id : '',
    subagent: kind === 'subagent' ? id : '',
    args,
  };
}

const MALFORMED_TOOL: Fault = {
  path: 'action.tool',
  problem: 'is not the name of a server and its tool',
  mend: 'Write it as "<server>.<tool>", as in "crm.read".',
};

function missingTarget(type: ActionType): Fault {
  const [kind = 'tool', ...others] = KINDS[type];
  const alternatives = others.map((other) => ` or ${EXAMPLE[other]}`).join('');
  return {
    path: FIELD_OF[kind],
    problem: `is missing, so that this ${type} has no target`,
    mend: `Name the target, as in ${EXAMPLE[kind]}${alternatives}.`,
  };
}

/** The target that the document names: by a field of its own, by server and tool name, or as `target`. */
function targetOf(asked: AskedAction): [TargetKind, string] | undefined {
  for (const kind of KINDS[asked.type]) {
    const id = asked[kind] ?? '';
    if (id !== '') return [kind, id];
    if (kind === 'tool' && isGiven(asked.server) && isGiven(asked.tool_name))
      return ['tool', `${asked.server}.${asked.tool_name}`];
  }
  const { target } = asked;
  return target !== undefined && KINDS[asked.type].includes(target.kind)
    ? [target.kind, target.id]
    : undefined;
}

function isGiven(name: string | undefined): name is string {
  return name !== undefined && name !== '';
}

/** Servers have no dots in their names, so the first dot ends the server’s. */
function toolParts(id: string, asked: AskedAction): { server: string; name: string } | undefined {
  const dot = id.indexOf('.');
  const [server, name] = [id.slice(0, Math.max(dot, 0)), id.slice(dot + 1)];
  if (dot < 1 || name === '' || !Name.safeParse(server).success) return undefined;
  return { server, name: isGiven(asked.tool_name) ? asked.tool_name : name };
}

interface Derived {
  readonly kind: TargetKind;
  readonly id: string;
  readonly server: string;
  readonly toolName: string;
}

function disagreements(asked: AskedAction, derived: Derived): Fault[] {
  const faults: Fault[] = [];
  const differs = (path: string, than: string): void => {
    faults.push({ path, problem: `does not agree with ${than}`, mend: 'Leave it out: it follows.' });
  };
  const { kind, id, server, toolName } = derived;
  if (asked.target !== undefined && (asked.target.kind !== kind || asked.target.id !== id))
    differs('action.target', FIELD_OF[kind]);
  if (kind === 'tool') {
    if (isGiven(asked.server) && asked.server !== server) differs('action.server', 'action.tool');
    if (isGiven(asked.tool_name) && `${server}.${toolName}` !== id)
      differs('action.tool_name', 'action.tool');
  } else if (!isGiven(asked.server)) {
    if (!SERVERLESS.has(asked.type)) faults.push(missingServer(asked.type));
  } else {
    if (SERVERLESS.has(asked.type)) faults.push(stray('action.server', asked.type));
    else if (!Name.safeParse(asked.server).success)
      faults.push({
        path: 'action.server',
        problem: 'is not the name of a server',
        mend: 'Write it as it is configured, as in "crm".',
      });
  }
  return faults;
}

/** Without its server a target would have neither the server’s data classes nor its rules. */
function missingServer(type: ActionType): Fault {
  return {
    path: 'action.server',
    problem: `is missing, so that this ${type} is of no server`,
    mend: 'Name the server as it is configured, as in "server": "crm".',
  };
}

/** Names that this type of action does not have: a rule could take them for the target. */
function strayNames(asked: AskedAction): Fault[] {
  const kinds = KINDS[asked.type];
  const faults = NAMES.filter((kind) => !kinds.includes(kind) && isGiven(asked[kind])).map((kind) =>
    stray(FIELD_OF[kind], asked.type),
  );
  if (!kinds.includes('tool') && isGiven(asked.tool_name)) faults.push(stray('action.tool_name', asked.type));
  const named = kinds.filter((kind) => isGiven(asked[kind]));
  faults.push(...named.slice(1).map((kind) => stray(FIELD_OF[kind], asked.type)));
  return faults;
}

function stray(path: string, type: ActionType): Fault {
  return { path, problem: `does not belong to this ${type}`, mend: 'Leave it out.' };
}

/** Characters that make two names look alike have no place in one that is matched exactly. */
const DECEPTIVE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|^\s|\s$/u;

function unprintableNames(asked: AskedAction): Fault[] {
  const names: readonly (readonly [string, string | undefined])[] = [
    ...NAMES.map((kind) => [FIELD_OF[kind], asked[kind]] as const),
    ['action.tool_name', asked.tool_name],
    ['action.target.id', asked.target?.id],
  ];
  return names.flatMap(([path, name]) => {
    if (name === undefined) return [];
    const charactersMax =
      path === FIELD_OF.resource || path === 'action.target.id' ? URI_CHARACTERS_MAX : NAME_CHARACTERS_MAX;
    if (name.length > charactersMax)
      return [{ path, problem: `has more than ${charactersMax} characters`, mend: 'Name one target.' }];
    if (DECEPTIVE.test(name))
      return [
        {
          path,
          problem: 'has control, invisible or surrounding blank characters',
          mend: 'Write the name exactly as its server lists it.',
        },
      ];
    return [];
  });
}
