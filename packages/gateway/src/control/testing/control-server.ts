import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import {
  type Answer,
  type Call,
  type DecisionEntry,
  type Failure,
  Failure as FailureClass,
  type Governed,
  type Permission,
  type Principal,
  type RecordEntry,
  type Refusal,
  type Release,
} from '@bailiff/contract';
import { parseStrict } from '../../protocol/json/strict-parse.ts';
import type { DecisionFilter, PageOptions, StoredEntry } from '../../record/reader.ts';
import { controlListener, createControlApi } from '../api.ts';
import type { ControlPorts, ReadinessCheck } from '../ports.ts';

export const BODY_BYTES_MAX = 65_536;
export const IN_FLIGHT_MAX = 8;

const principalOf = (agentId: string, userId: string, permissions: readonly Permission[]): Principal => ({
  agentId,
  agentVersion: '3.2.0',
  chain: [],
  userId,
  authMethod: 'jwt',
  credentialId: `token-of-${agentId}`,
  issuer: 'test',
  permissions: new Set(permissions),
  conversation: '',
});

/** Every credential that the server accepts. */
export const PRINCIPALS = {
  agent: principalOf('support-bot', 'mara', []),
  other: principalOf('sales-bot', 'lee', []),
  lonely: principalOf('ops-bot', '', []),
  mara: principalOf('console', 'mara', []),
  operator: principalOf('console', 'olga', ['operator']),
  decider: principalOf('pdp', 'dana', ['decide_for']),
} as const;
export type Credential = keyof typeof PRINCIPALS;

export const hash = 'a'.repeat(64);

/** An answer as `decide.ts` gives it. */
export function denial(decisionId: string, simulated = false): Answer {
  return {
    allow: false,
    outcome: 'deny',
    reasons: ['data_class_unauthorized_for_user'],
    message: 'Denied: the user is not cleared for customer data.',
    remediation: 'request_elevated_data_access',
    alternatives: [{ change: { 'action.model': 'onprem-70b' }, verified: true }],
    retryable: false,
    denied_scope: 'this_call',
    obligations: [],
    approval: null,
    metadata: {
      ...metadata(decisionId, simulated),
      matched_rules: ['compliance.user_data_access'],
      rules: [
        {
          rule: 'compliance.user_data_access',
          effect: 'deny',
          title: 'Users see what they are cleared for',
          owner: 'privacy',
          reason: 'data_class_unauthorized_for_user',
          remediation: 'request_elevated_data_access',
          appeal_path: 'https://tickets.example/privacy',
        },
      ],
      resolution: 2,
      appeal_path: 'https://tickets.example/privacy',
      mask: {},
    },
  };
}

export function permission(decisionId: string, simulated = false): Answer {
  return {
    allow: true,
    outcome: 'allow',
    reasons: ['agent_in_scope'],
    obligations: [],
    metadata: { ...metadata(decisionId, simulated), resolution: 7 },
  };
}

function metadata(decisionId: string, simulated: boolean) {
  return {
    policy_version: '1.0.0+abc',
    bundles: { compliance: '1.0.0+def' },
    matched_rules: [],
    rules: [],
    overrides: [],
    failures: [],
    audit_required: false,
    audit: { level: 'basic' as const, retention_days: 180, controls: [] },
    appeal_path: '',
    mask: {},
    decision_id: decisionId,
    watched_rules: [],
    rate_limit_remaining: null,
    rate_limits: [],
    engine: 'sidecar' as const,
    latency_ms: 0.2,
    defaulted: [],
    simulated,
  };
}

/** A recorded decision about a tool call over MCP. */
export function decisionEntry(
  answer: Answer,
  about: { readonly agent: string; readonly user: string },
  disclosure: DecisionEntry['disclosure'] = null,
): DecisionEntry {
  return {
    schema: 'bailiff/record/v1',
    kind: 'decision',
    decision_id: answer.metadata.decision_id,
    at: '2026-11-22T13:45:00.000Z',
    principal: { ...about, auth_method: 'jwt', credential_id: 'k', issuer: 'test' },
    input: {
      action: {
        type: 'tool_call',
        target: { kind: 'tool', id: 'crm.read' },
        args: { id: 'secret-argument' },
      },
      session: { protocol: 'mcp/2025-11-25' },
    },
    masked: [],
    answer,
    disclosure,
    release_digest: hash,
    engine: 'sidecar',
    latency: { context_ms: 0.1, decision_ms: 0.2 },
    data_class_sources: [],
    list: null,
    forward: null,
  };
}

const RULE = {
  id: 'compliance.user_data_access',
  bundle: 'compliance',
  kind: 'deny',
  reason: 'data_class_unauthorized_for_user',
  reads: ['input.action.args.table', 'input.user'],
} as const;

/** As much of a release as this API reads. */
export function releaseOf(reads: readonly string[] = RULE.reads): Release {
  const partial = {
    policyVersion: '1.0.0+abc',
    digest: hash,
    data: { bundles: { compliance: '1.0.0+def' }, required: ['compliance'] },
    directory: {
      agents: {
        'support-bot': { scope: 'support', owner_team: 'cx', versions: ['3.2.0'], status: 'active' },
      },
      users: {
        mara: {
          kind: 'human',
          groups: ['support-tier-2', 'emea'],
          data_classifications_authorized: ['public'],
          status: 'active',
        },
      },
    },
    rules: new Map([[RULE.id, { ...RULE, reads: [...reads] }]]),
  };
  return partial as unknown as Release; // a test double: the rest is never read here
}

/** How a document is sent. */
export interface Asked {
  readonly as?: Credential;
  readonly type?: string;
  readonly query?: string;
}

/** A control API on a real HTTP server, whose ports are scripted and whose doings can be looked at. */
export class ControlServer implements AsyncDisposable {
  readonly calls: Call[] = [];
  readonly refusals: Refusal[] = [];
  readonly reports: Failure[] = [];
  readonly pages: { readonly filter: DecisionFilter; readonly options: PageOptions }[] = [];
  readonly stored = new Map<string, readonly StoredEntry[]>();
  release: Release | undefined = releaseOf();
  readonly #delivery: ControlPorts['delivery'];
  checks: readonly ReadinessCheck[] = [
    { name: 'policy', ready: true, detail: 'release 1.0.0+abc' },
    { name: 'engine', ready: true, detail: 'sidecar' },
    { name: 'store', ready: true, detail: 'sqlite' },
  ];
  govern: (call: Call, signal: AbortSignal) => Promise<Governed<never>> = async (call) => ({
    answer: denial(call.decisionId, call.given?.simulated),
    result: { kind: 'answered' },
  });
  recordRefusal = async (refusal: Refusal): Promise<void> => {
    this.refusals.push(refusal);
  };
  readonly #server: Server;
  #next = 0;

  private constructor(delivery: ControlPorts['delivery']) {
    this.#delivery = delivery;
    this.#server = createServer(controlListener(createControlApi(this.#ports())));
  }

  /** With the delivery that is given; with one release only when there is none. */
  static async start(delivery?: ControlPorts['delivery']): Promise<ControlServer> {
    const server = new ControlServer(delivery);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  record(...entries: readonly RecordEntry[]): void {
    for (const entry of entries) {
      const before = this.stored.get(entry.decision_id) ?? [];
      const place = { seq: before.length + 1, previousHash: hash, hash };
      this.stored.set(entry.decision_id, [...before, { ...place, entry }]);
    }
  }

  /** Forgets what was done so far, not what is recorded. */
  forget(): void {
    for (const seen of [this.calls, this.refusals, this.reports, this.pages]) seen.length = 0;
  }

  get(path: string, as: Credential): Promise<Response> {
    return fetch(this.url + path, { headers: { authorization: `Bearer ${as}` } });
  }

  ask(document: unknown, asked: Asked = {}): Promise<Response> {
    return this.post(JSON.stringify(document), asked);
  }

  post(body: string | Uint8Array<ArrayBuffer>, asked: Asked = {}): Promise<Response> {
    const { as = 'agent', type = 'application/json', query = '' } = asked;
    return fetch(`${this.url}/v1/decisions${query}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${as}`, 'content-type': type },
      body,
    });
  }

  #ports(): ControlPorts {
    return {
      authenticate: async ({ authorization }) => {
        const name = authorization?.replace('Bearer ', '') ?? '';
        if (!Object.hasOwn(PRINCIPALS, name)) throw new FailureClass('unauthenticated');
        return PRINCIPALS[name as Credential];
      },
      govern: (call, signal) => {
        this.calls.push(call);
        return this.govern(call, signal);
      },
      parseJson: (bytes) => parseStrict(bytes, { bytesMax: BODY_BYTES_MAX, depthMax: 64 }),
      newDecisionId: () => {
        this.#next += 1;
        return `D${this.#next}`;
      },
      reader: {
        find: async (decisionId) => this.stored.get(decisionId) ?? [],
        page: async (filter, options) => {
          this.pages.push({ filter, options });
          return { decisions: [LISTED], next: 7, searchedTo: 9 };
        },
      },
      release: () => this.release,
      delivery: this.#delivery,
      readiness: () => this.checks,
      metrics: async () => ({
        contentType: 'text/plain; version=0.0.4',
        text: 'bailiff_decisions_total 1\n',
      }),
      recordRefusal: (refusal) => this.recordRefusal(refusal),
      report: (failure) => {
        this.reports.push(failure);
      },
      hosts: () => [`127.0.0.1:${this.port}`, `localhost:${this.port}`],
      origins: () => ['https://console.example'],
      bodyBytesMax: BODY_BYTES_MAX,
      inFlightMax: IN_FLIGHT_MAX,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

export const LISTED = {
  seq: 8,
  decisionId: 'D8',
  atMs: 0,
  agent: 'support-bot',
  user: 'mara',
  server: 'crm',
  target: 'crm.read',
  outcome: 'deny',
  reasons: ['data_class_unauthorized_for_user'],
  latencyMs: 1.5,
  policyVersion: '1.0.0+abc',
  isList: false,
  simulated: false,
  result: 'refused',
} as const;
