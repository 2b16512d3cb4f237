import {
  type Call,
  type Decision,
  type EnforcementResult,
  Failure,
  failureOf,
  type ServerReply,
} from '@bailiff/contract';
import { dutiesOf } from './obligations.ts';
import type { Upstream } from './upstream/upstream.ts';
import { abortFailure } from './upstream/wait.ts';

/** What enforcement needs of the rest of the gateway. */
export interface EnforcementPorts {
  readonly upstreams: ReadonlyMap<string, Upstream>;
  /** How long an answer may take where the decision asks for nothing shorter. */
  readonly upstreamTimeoutMs: number;
  /** Where a server runs, from configuration; `unknown` if it does not say. */
  regionOf(server: string): string;
  /** Hands on a notification that a decision asks for. @throws when it cannot be: then the call is not made. */
  notify(to: readonly string[], decisionId: string, signal: AbortSignal): Promise<void>;
}

export type Enforce = (
  decision: Decision,
  call: Call,
  signal: AbortSignal,
) => Promise<EnforcementResult<ServerReply>>;

/**
 * Does what was decided: only an allow is forwarded, and only once its duties are discharged; one whose caller
 * enforces it is answered. Never rejects.
 */
export function createEnforce(ports: EnforcementPorts): Enforce {
  return async ({ answer }, call, signal) => {
    switch (answer.outcome) {
      case 'deny':
        return { kind: 'refused' };
      case 'approval_required':
        return { kind: 'held' };
      case 'allow': {
        if (call.bytes === undefined) return { kind: 'answered' };
        const startedMs = performance.now();
        try {
          if (answer.metadata.simulated)
            throw new Failure('internal', 'A simulated decision grants nothing.');
          if (signal.aborted) throw abortFailure(signal); // Before anyone is notified of what does not happen.
          const timeoutMs = await discharge(answer.obligations, call, ports, signal);
          const response = await forward(call, call.bytes, { ports, timeoutMs }, signal);
          const bytes = Buffer.byteLength(response.json);
          return { kind: 'forwarded', response, bytes, durationMs: performance.now() - startedMs };
        } catch (thrown) {
          return { kind: 'failed', failure: failureOf(thrown), durationMs: performance.now() - startedMs };
        }
      }
    }
  };
}

/** How long the call may then take. @throws Failure `obligation_unmet`. */
async function discharge(
  obligations: Extract<Decision['answer'], { outcome: 'allow' }>['obligations'],
  call: Call,
  ports: EnforcementPorts,
  signal: AbortSignal,
): Promise<number> {
  const duties = dutiesOf(obligations, call, { region: ports.regionOf(call.server) });
  if (duties.kind === 'unmet') throw new Failure('obligation_unmet', duties.because);
  if (duties.notify.length > 0) {
    try {
      await ports.notify(duties.notify, call.decisionId, signal);
    } catch (cause) {
      throw new Failure('obligation_unmet', 'A notification that is required could not be sent.', { cause });
    }
  }
  return Math.min(duties.timeoutMs ?? ports.upstreamTimeoutMs, ports.upstreamTimeoutMs);
}

async function forward(
  call: Call,
  bytes: Uint8Array,
  { ports, timeoutMs }: { readonly ports: EnforcementPorts; readonly timeoutMs: number },
  signal: AbortSignal,
): Promise<ServerReply> {
  const upstream = ports.upstreams.get(call.server);
  if (upstream === undefined) throw new Failure('upstream_unavailable', 'There is no such server.');
  // What a server would say of a tool it does not have, or that another list shows, must not tell hidden from absent.
  if (call.type === 'tool_call' && (await upstream.findTool(call.toolName, signal)) === undefined) {
    throw new Failure('unknown_tool');
  }
  if (signal.aborted) throw abortFailure(signal);
  const { decisionId: id, conversationKey } = call;
  return upstream.forward({ id, bytes, conversationKey, timeoutMs }, signal);
}
