import type { Call, Input, Json, JsonObject, Principal, Release } from '@bailiff/contract';
import type { ContextStage } from '../../context/context-of.ts';
import type { Trial } from '../../decision/admission/admit.ts';
import { mutations } from '../../decision/admission/mutations.ts';
import { visibleInput } from '../../decision/visible-input.ts';

/** Whole inputs of one release at most: every agent and tool has its turn before any has a second. */
const SAMPLES_MAX = 60;
/** Variants of each input, with one thing wrong. */
const VARIANTS = 2;

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
  { context, recent }: { readonly context: ContextStage; readonly recent: readonly Input[] },
): AsyncGenerator<Trial> {
  let seed = Number.parseInt(release.digest.slice(0, 8), 16) || 0;
  for (const call of callsOf(release)) {
    const described = await context.contextOf(call, new AbortController().signal);
    yield { entrypoint: 'bailiff/visible', inputText: JSON.stringify(visibleInput(described)) };
    yield* trialsOfInput(described.input, seed++);
  }
  for (const input of recent) yield* trialsOfInput(input, seed++);
}

function* trialsOfInput(input: Input, seed: number): Generator<Trial> {
  for (const variant of [input, ...mutations(input as unknown as JsonObject, seed, VARIANTS)])
    yield { entrypoint: 'bailiff/decision_and_watched', inputText: JSON.stringify(variant) };
}

/** Calls of every kind of target, by turns of all agents and users. */
function* callsOf(release: Release): Generator<Call> {
  const { catalogue, directory } = release;
  const agents = [...Object.keys(directory.agents), 'nobody'];
  const users = [...Object.keys(directory.users), 'nobody'];
  const names = argumentNames(release);
  const tools = Object.entries(catalogue.servers).flatMap(([server, { tools }]) =>
    Object.keys(tools).map((tool) => ({ server, tool })),
  );
  for (let turn = 0; turn < SAMPLES_MAX; turn++) {
    const { server, tool } = tools[turn % tools.length] ?? { server: 'none', tool: 'none' };
    const args = Object.fromEntries(
      names.map((name, index) => [name, ARGUMENT_VALUES[(turn + index) % ARGUMENT_VALUES.length] ?? null]),
    );
    yield {
      decisionId: `trial-${turn}`,
      principal: principalOf(agents[turn % agents.length] ?? '', users[(turn * 7) % users.length] ?? ''),
      type: 'tool_call',
      target: { kind: 'tool', id: `${server}.${tool}` },
      server,
      toolName: tool,
      model: '',
      subagent: '',
      args: turn % 3 === 0 ? {} : args,
      session: SESSION,
      conversationKey: '',
      bytes: undefined,
      given: { simulated: true, trusted: false, input: {} },
    };
  }
}

const SESSION = {
  protocol: 'trial',
  transport: 'http',
  client_name: '',
  client_version: '',
  auth_method: 'jwt',
} as const;

function principalOf(agentId: string, userId: string): Principal {
  return {
    agentId,
    agentVersion: '1.0.0',
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
