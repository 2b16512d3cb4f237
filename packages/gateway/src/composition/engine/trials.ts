import {
  AGENTS_SERVER,
  type Call,
  Input,
  type Json,
  type JsonObject,
  type Principal,
  type Release,
} from '@bailiff/contract';
import type { ContextStage } from '../../context/context-of.ts';
import { mutations } from '../../decision/admission/mutations.ts';
import type { Entrypoint, Trial } from '../../decision/engine.ts';
import { visibleInput } from '../../decision/visible-input.ts';

/** Whole inputs of one release at most: every agent and tool has its turn before any has a second. */
export const SAMPLES_MAX = 60;
/** Variants of each input, with one thing wrong. */
const VARIANTS = 2;
/** So many are made at most to find these: what is no input by the contract is refused before any engine is asked. */
const VARIANTS_MADE = 12;

/** What arguments are given: one value each that rules about paths, amounts, rows, mail and SQL tell apart. */
const ARGUMENT_VALUES: readonly Json[] = [
  0,
  100_000,
  'SELECT * FROM customers; DELETE FROM customers',
  '/etc/../srv/files/a.txt',
  'someone@example.com',
  ['a', 1],
  { nested: true },
];

/**
 * Texts that try a release: its own agents and users at its own tools, with the arguments that its rules read, each as it
 * is and with something wrong, and what was asked of the gateway lately. The same release gives the same ones.
 */
export async function* trialsOf(
  release: Release,
  {
    context,
    recent,
    samplesMax,
    after = 0,
  }: {
    readonly context: ContextStage;
    readonly recent: readonly Input[];
    readonly samplesMax: number;
    /** So many of the samples are left out: they were tried before. */
    readonly after?: number;
  },
): AsyncGenerator<Trial> {
  let seed = (Number.parseInt(release.digest.slice(0, 8), 16) || 0) + Math.min(after, samplesMax);
  for (const call of callsOf(release, samplesMax).drop(after)) {
    const asActive = await context.contextOf(call, new AbortController().signal);
    const described = context.describedBy(asActive, release);
    yield { release, entrypoint: 'bailiff/visible', inputText: JSON.stringify(visibleInput(described)) };
    for (const trial of trialsOfInput(described.input, seed++)) yield { release, ...trial };
  }
  for (const input of recent) for (const trial of trialsOfInput(input, seed++)) yield { release, ...trial };
}

function* trialsOfInput(input: Input, seed: number): Generator<Omit<Trial, 'release'>> {
  const made = mutations(input as unknown as JsonObject, seed, VARIANTS_MADE);
  const inputs = made.filter((variant) => Input.safeParse(variant).success).take(VARIANTS);
  const variants = [input, ...inputs];
  for (const [index, variant] of variants.entries())
    yield {
      entrypoint: ENTRYPOINTS[(seed + index) % ENTRYPOINTS.length] ?? 'bailiff/decision',
      inputText: JSON.stringify(variant),
    };
}

/** What calls are decided by, with rules that are watched and without. */
const ENTRYPOINTS: readonly Entrypoint[] = ['bailiff/decision_and_watched', 'bailiff/decision'];

/** Calls of every kind of target, by turns of all agents and users. */
function* callsOf(release: Release, samplesMax: number): Generator<Call> {
  const { catalogue, directory } = release;
  const agents = [...Object.keys(directory.agents), 'nobody'];
  const users = [...Object.keys(directory.users), 'nobody'];
  const names = argumentNames(release);
  const subagents = Object.keys(catalogue.subagents).map((tool) => ({ server: AGENTS_SERVER, tool }));
  const tools = Object.entries(catalogue.servers).flatMap(([server, { tools }]) =>
    server === AGENTS_SERVER ? [] : Object.keys(tools).map((tool) => ({ server, tool })),
  );
  tools.push(...subagents);
  for (let turn = 0; turn < samplesMax; turn++) {
    const { server, tool } = tools[turn % tools.length] ?? { server: 'none', tool: 'none' };
    // Numbers of agents and tools may have a divisor in common: each round of tools meets other agents.
    const round = Math.floor(turn / Math.max(1, tools.length));
    yield {
      decisionId: `trial-${turn}`,
      principal: principalOf(
        directory,
        agents[(turn + round) % agents.length] ?? '',
        users[(turn * 7) % users.length] ?? '',
      ),
      type: server === AGENTS_SERVER ? 'subagent_call' : 'tool_call',
      target:
        server === AGENTS_SERVER ? { kind: 'subagent', id: tool } : { kind: 'tool', id: `${server}.${tool}` },
      server,
      toolName: tool,
      model: '',
      subagent: server === AGENTS_SERVER ? tool : '',
      args: argumentsOf(names, turn, round),
      session: SESSION,
      conversationKey: '',
      bytes: undefined,
      given: { simulated: true, trusted: false, input: {} },
    };
  }
}

/** By turns none, all at once, and one by itself: a rule that fails at its argument hides what others make of theirs. */
function argumentsOf(names: readonly string[], turn: number, roundOfTools: number): JsonObject {
  // Three may divide the number of tools: each round of tools meets the next kind.
  const [kind, round] = [(turn + roundOfTools) % 3, Math.floor(turn / 3)];
  const valueAt = (index: number) => ARGUMENT_VALUES[index % ARGUMENT_VALUES.length] ?? null;
  if (kind === 0 || names.length === 0) return {};
  if (kind === 1) return Object.fromEntries(names.map((name, index) => [name, valueAt(turn + index)]));
  const position = round % names.length;
  // Each round of names has the next value for each.
  return { [names[position] as string]: valueAt(position + Math.floor(round / names.length)) };
}

const SESSION = {
  protocol: 'trial',
  transport: 'http',
  client_name: '',
  client_version: '',
  auth_method: 'jwt',
} as const;

function principalOf({ agents }: Release['directory'], agentId: string, userId: string): Principal {
  const registered = Object.hasOwn(agents, agentId) ? agents[agentId] : undefined;
  return {
    agentId,
    agentVersion: registered?.versions[0] ?? '1.0.0',
    chain: [],
    userId,
    authMethod: 'jwt',
    credentialId: 'trial',
    issuer: 'trial',
    permissions: new Set(),
    conversation: '',
  };
}

/** Names of the arguments that rules read, of all of the release. */
function argumentNames({ rules }: Release): string[] {
  const paths = [...rules.values()].flatMap(({ reads }) => reads);
  return [...new Set(paths.flatMap((path) => /^input\.action\.args\.(\w+)/.exec(path)?.[1] ?? []))];
}
