import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { McpError } from '@modelcontextprotocol/sdk/types.js';
import pc from 'picocolors';
import { colourOf, tellOutcome } from '../../packages/gateway/src/commands/record/terminal.ts';

/** The keys that `bailiff.yaml` prints in plain text, for trying things out on 127.0.0.1 and nothing else. */
export const DEMO_KEYS = {
  'support-bot for mara': 'blf_acme-demo-only_support-mara_000000000000000',
  'support-bot for lee': 'blf_acme-demo-only_support-lee_0000000000000000',
  'support-bot for tess': 'blf_acme-demo-only_support-tess_000000000000000',
  'shadow-bot for mara': 'blf_acme-demo-only_shadow-mara_0000000000000000',
  'sales-bot for sven': 'blf_acme-demo-only_sales-sven_00000000000000000',
  'ops-bot for omar': 'blf_acme-demo-only_ops-omar_0000000000000000000',
  operator: 'blf_acme-demo-only_operator_0000000000000000000',
} as const;

type Caller = Exclude<keyof typeof DEMO_KEYS, 'operator'>;

/** One call of the script. */
interface Step {
  readonly as: Caller;
  readonly server: string;
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly times?: number;
}

const MARA = 'support-bot for mara';

/** What the scripted agents do, one refusal of each kind among it. */
export const SCRIPT: readonly Step[] = [
  { as: MARA, server: 'crm', tool: 'read', args: { id: 7, rows: 20 } },
  { as: 'support-bot for lee', server: 'crm', tool: 'read', args: { id: 7, rows: 20 } },
  { as: MARA, server: 'crm', tool: 'export', args: { table: 'interactions', rows: 5000 } },
  { as: MARA, server: 'crm', tool: 'export', args: { table: 'interactions', rows: 50 } },
  {
    as: MARA,
    server: 'payments',
    tool: 'refund',
    args: { payment_id: 19, amount_cents: 1500, reason: 'Damaged parcel' },
  },
  {
    as: MARA,
    server: 'payments',
    tool: 'refund',
    args: { payment_id: 19, amount_cents: 25000, reason: 'Damaged parcel' },
  },
  {
    as: 'sales-bot for sven',
    server: 'payments',
    tool: 'refund',
    args: { payment_id: 19, amount_cents: 100, reason: 'Goodwill' },
  },
  {
    as: MARA,
    server: 'agents',
    tool: 'planner',
    args: { payment_id: 23, amount_cents: 1200, reason: 'Parcel came late' },
  },
  {
    as: MARA,
    server: 'agents',
    tool: 'refund_bot',
    args: { payment_id: 23, amount_cents: 1200, reason: 'Parcel came late' },
  },
  { as: MARA, server: 'filesystem', tool: 'read_text_file', args: { path: 'handbook/refunds.md' } },
  { as: MARA, server: 'filesystem', tool: 'read_text_file', args: { path: '../../../../../etc/passwd' } },
  {
    as: 'ops-bot for omar',
    server: 'crm',
    tool: 'query',
    args: { source: 'customers', sql: 'DROP TABLE customers' },
  },
  { as: 'ops-bot for omar', server: 'crm', tool: 'delete_customer', args: { id: 8 } },
  { as: MARA, server: 'everything', tool: 'echo', args: { message: 'hello' } },
  {
    as: MARA,
    server: 'everything',
    tool: 'trigger-long-running-operation',
    args: { duration: 10, steps: 5 },
  },
  { as: 'support-bot for tess', server: 'crm', tool: 'search', args: { text: 'weber' } },
  { as: 'shadow-bot for mara', server: 'crm', tool: 'search', args: { text: 'weber' } },
  { as: MARA, server: 'crm', tool: 'search', args: { text: 'weber' }, times: 6 },
];

/** What one call came to, as the client saw it, in the words in which it is recorded. */
export interface Played {
  readonly step: Step;
  readonly outcome: 'allow' | 'deny' | 'approval_required';
  /** What became of it. */
  readonly result: 'forwarded' | 'refused' | 'held' | 'failed';
  readonly reasons: readonly string[];
  readonly remediation: string;
  readonly alternatives: readonly unknown[];
  readonly detail: string;
}

/**
 * Plays the script through real MCP clients, one for each caller and server, and tells each call as it is answered, until
 * the signal is aborted.
 * @throws when the gateway cannot be reached, or answers what the script does not foresee.
 */
export async function playDemo(
  url: string,
  tell: (played: Played) => void,
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  await using clients = new Clients(url);
  try {
    for (const step of SCRIPT) {
      for (let time = 0; time < (step.times ?? 1); time += 1) tell(await play(clients, step, signal));
    }
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  }
}

/** One connection for each caller and server, so that each conversation is one session. */
class Clients implements AsyncDisposable {
  readonly #url: string;
  readonly #open = new Map<string, Client>();

  constructor(url: string) {
    this.#url = url;
  }

  async of({ as, server }: Step, signal: AbortSignal): Promise<Client> {
    const name = `${as} at ${server}`;
    const open = this.#open.get(name);
    if (open !== undefined) return open;
    const client = new Client({ name: 'acme-demo', version: '1.0.0' });
    const requestInit = { headers: { authorization: `Bearer ${DEMO_KEYS[as]}` } };
    const transport = new StreamableHTTPClientTransport(new URL(`/mcp/${server}`, this.#url), {
      requestInit,
    });
    // Its own types disagree on optional fields.
    await client.connect(transport as Parameters<Client['connect']>[0], { signal });
    this.#open.set(name, client);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#open.values()].map((client) => client.close()));
  }
}

interface RefusedAnswer {
  readonly outcome: 'deny' | 'approval_required';
  readonly reasons: readonly string[];
  readonly remediation?: string;
  readonly message: string;
  readonly alternatives: readonly { readonly change: unknown }[];
}

async function play(clients: Clients, step: Step, signal: AbortSignal): Promise<Played> {
  const nothing = { step, reasons: [], remediation: '', alternatives: [] };
  try {
    const client = await clients.of(step, signal);
    const asked = { name: step.tool, arguments: step.args };
    const result = await client.callTool(asked, undefined, { signal });
    const refused = (result.structuredContent ?? result._meta?.['bailiff/answer']) as
      | RefusedAnswer
      | undefined;
    if (result.isError !== true || refused === undefined)
      return { ...nothing, outcome: 'allow', result: 'forwarded', detail: firstText(result.content) };
    return { step, ...toldByAnswer(refused) };
  } catch (thrown) {
    return { ...nothing, ...toldByError(thrown) };
  }
}

function toldByAnswer(answer: RefusedAnswer): Omit<Played, 'step'> {
  return {
    outcome: answer.outcome,
    result: answer.outcome === 'deny' ? 'refused' : 'held',
    reasons: answer.reasons,
    remediation: answer.remediation ?? '',
    alternatives: answer.alternatives.map(({ change }) => change),
    detail: answer.message,
  };
}

/**
 * Errors of the protocol: whoever may not act at all, a tool that policy hides from this caller, and an allowed call that came
 * to nothing, as one that policy’s time-out ended.
 */
function toldByError(thrown: unknown): Pick<Played, 'outcome' | 'result' | 'reasons' | 'detail'> {
  if (!(thrown instanceof McpError)) throw thrown;
  const data = (thrown.data ?? {}) as RefusedAnswer | { readonly outcome?: never; readonly failure?: string };
  if (data.outcome !== undefined) return toldByAnswer(data);
  const { failure = '' } = data;
  const detail = thrown.message.replace(/^MCP error -\d+: /, '');
  if (failure === 'unknown_tool') return { outcome: 'deny', result: 'refused', reasons: [failure], detail };
  if (!failure.startsWith('upstream_')) throw thrown;
  return { outcome: 'allow', result: 'failed', reasons: [failure], detail };
}

function firstText(content: unknown): string {
  const [first] = Array.isArray(content) ? content : [];
  return typeof first?.text === 'string' ? first.text.split('\n')[0] : '';
}

const OUTCOME_WIDTH = tellOutcome('approval_required').length;
const RESULT_WIDTH = 'forwarded'.length;

/** One call in one line: what was decided and what became of it, what was asked by whom, and why. */
export function lineOf({
  step,
  outcome,
  result,
  reasons,
  remediation,
  alternatives,
  detail,
}: Played): string {
  const decided = colourOf(outcome, pc)(tellOutcome(outcome).padEnd(OUTCOME_WIDTH));
  const asked = `${step.as.padEnd(21)} ${`${step.server}.${step.tool}`.padEnd(25)} ${pc.dim(short(JSON.stringify(step.args), 44).padEnd(44))}`;
  const why = reasons.length > 0 ? `${reasons.join(', ')}: ${detail}` : pc.dim(short(detail, 60));
  const help = [
    remediation === '' ? '' : `→ ${remediation}`,
    ...alternatives.map((change) => `→ allowed: ${JSON.stringify(change)}`),
  ];
  const became = result.padEnd(RESULT_WIDTH);
  return `${decided}  ${became}  ${asked} ${why} ${pc.dim(help.filter((text) => text !== '').join(' '))}`.trimEnd();
}

const short = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length - 1)}…` : text;
