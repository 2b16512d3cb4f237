import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import pc from 'picocolors';

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

/** What one call came to, as the client saw it. */
export interface Played {
  readonly step: Step;
  readonly outcome: 'allowed' | 'denied' | 'needs approval' | 'unknown tool' | 'cancelled' | 'failed';
  readonly reasons: readonly string[];
  readonly remediation: string;
  readonly alternatives: readonly unknown[];
  readonly detail: string;
}

/**
 * Plays the script through real MCP clients, one for each caller and server, and tells each call as it is answered.
 * @throws when the gateway cannot be reached.
 */
export async function playDemo(url: string, tell: (played: Played) => void): Promise<void> {
  await using clients = new Clients(url);
  for (const step of SCRIPT) {
    const client = await clients.of(step);
    for (let time = 0; time < (step.times ?? 1); time += 1) tell(await play(client, step));
  }
}

/** One connection for each caller and server, so that each conversation is one session. */
class Clients implements AsyncDisposable {
  readonly #url: string;
  readonly #open = new Map<string, Client>();

  constructor(url: string) {
    this.#url = url;
  }

  async of({ as, server }: Step): Promise<Client> {
    const name = `${as} at ${server}`;
    const open = this.#open.get(name);
    if (open !== undefined) return open;
    const client = new Client({ name: 'acme-demo', version: '1.0.0' });
    const requestInit = { headers: { authorization: `Bearer ${DEMO_KEYS[as]}` } };
    const transport = new StreamableHTTPClientTransport(new URL(`/mcp/${server}`, this.#url), {
      requestInit,
    });
    await client.connect(transport as Parameters<Client['connect']>[0]); // its own types disagree on optional fields
    this.#open.set(name, client);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#open.values()].map((client) => client.close()));
  }
}

interface RefusedAnswer {
  readonly outcome: string;
  readonly reasons: readonly string[];
  readonly remediation?: string;
  readonly message: string;
  readonly alternatives: readonly { readonly change: unknown }[];
}

async function play(client: Client, step: Step): Promise<Played> {
  const nothing = { step, reasons: [], remediation: '', alternatives: [], detail: '' };
  try {
    const result = await client.callTool({ name: step.tool, arguments: step.args });
    if (result.isError !== true) return { ...nothing, outcome: 'allowed', detail: firstText(result.content) };
    const answer = (result.structuredContent ?? result._meta?.['bailiff/answer']) as
      | RefusedAnswer
      | undefined;
    if (answer === undefined) return { ...nothing, outcome: 'failed', detail: firstText(result.content) };
    return {
      step,
      outcome: answer.outcome === 'approval_required' ? 'needs approval' : 'denied',
      reasons: answer.reasons,
      remediation: answer.remediation ?? '',
      alternatives: answer.alternatives.map(({ change }) => change),
      detail: answer.message,
    };
  } catch (thrown) {
    const { message } = thrown as Error;
    return { ...nothing, outcome: outcomeOf(message), detail: message };
  }
}

/** Errors of the protocol: a tool that this caller does not have, and a call that policy’s time-out ended. */
function outcomeOf(message: string): Played['outcome'] {
  if (/Unknown tool/.test(message)) return 'unknown tool';
  return /did not answer in time/.test(message) ? 'cancelled' : 'failed';
}

function firstText(content: unknown): string {
  const [first] = Array.isArray(content) ? content : [];
  return typeof first?.text === 'string' ? first.text.split('\n')[0] : '';
}

const MARKS = {
  allowed: pc.green('✓ allowed       '),
  denied: pc.red('⊘ denied        '),
  'needs approval': pc.yellow('◷ needs approval'),
  'unknown tool': pc.dim('∅ unknown tool  '),
  cancelled: pc.magenta('◷ cancelled     '),
  failed: pc.magenta('▲ failed        '),
} as const;

/** One call in one line: what was asked by whom, what came of it, and why. */
export function lineOf({ step, outcome, reasons, remediation, alternatives, detail }: Played): string {
  const asked = `${step.as.padEnd(21)} ${`${step.server}.${step.tool}`.padEnd(25)} ${pc.dim(short(JSON.stringify(step.args), 44).padEnd(44))}`;
  const why = reasons.length > 0 ? `${reasons.join(', ')}: ${detail}` : pc.dim(short(detail, 60));
  const help = [
    remediation === '' ? '' : `→ ${remediation}`,
    ...alternatives.map((change) => `→ allowed: ${JSON.stringify(change)}`),
  ];
  return `${MARKS[outcome]} ${asked} ${why} ${pc.dim(help.filter((text) => text !== '').join(' '))}`.trimEnd();
}

const short = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length - 1)}…` : text;
