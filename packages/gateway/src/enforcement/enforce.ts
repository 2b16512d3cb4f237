import {
  type Call,
  type Conversation,
  type Decision,
  type EnforcementResult,
  Failure,
  failureOf,
  LargeResult,
  ownConversationKey,
  type ServerReply,
} from '@bailiff/contract';
import { aliasedArgument } from './argument-aliases.ts';
import { dutiesOf } from './obligations.ts';
import { type ApprovedTools, quarantineOf } from './upstream/pins/quarantine.ts';
import type { Upstream, UpstreamEntry } from './upstream/upstream.ts';
import { abortFailure } from './upstream/wait.ts';

/** What enforcement needs of the rest of the gateway. */
export interface EnforcementPorts {
  readonly upstreams: ReadonlyMap<string, Upstream>;
  /** How long an answer may take where the decision asks for nothing shorter. */
  readonly upstreamTimeoutMs: number;
  /** Where a server runs, from configuration; `unknown` if it does not say. */
  regionOf(server: string): string;
  /** What of a server’s tools was approved, by the release that decided; undefined, as without it, where the server is not pinned. */
  approvedTools?(answer: Decision['answer'], server: string): ApprovedTools | undefined;
  /** Whether a server is served by the settings that the deciding release has for it; left out where only configuration has servers. */
  isServedAsDecided?(answer: Decision['answer'], server: string): boolean;
  /** Hands on a notification that a decision asks for. @throws when it cannot be: then the call is not made. */
  notify(to: readonly string[], decisionId: string, signal: AbortSignal): Promise<void>;
}

export type Enforce = (
  decision: Decision,
  call: Call,
  signal: AbortSignal,
) => Promise<EnforcementResult<ServerReply>>;

/**
 * Does what was decided: only an allow is carried out, and only once its duties are discharged; one whose caller
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
        if (call.bytes === undefined && call.carryOut === undefined) return { kind: 'answered' };
        const startedMs = performance.now();
        try {
          if (answer.metadata.simulated)
            throw new Failure('internal', 'A simulated decision grants nothing.');
          if (signal.aborted) throw abortFailure(signal); // Before anyone is notified of what does not happen.
          const refuseMoved = () => refuseOtherwiseServed(answer, call, ports);
          refuseMoved();
          const timeoutMs = await discharge(answer.obligations, call, ports, signal);
          const approved = ports.approvedTools?.(answer, call.server);
          const response = await carryOut(call, { ports, timeoutMs, approved, refuseMoved }, signal);
          const bytes =
            response instanceof LargeResult ? response.text.byteLength : Buffer.byteLength(response.json);
          return { kind: 'forwarded', response, bytes, durationMs: performance.now() - startedMs };
        } catch (thrown) {
          return { kind: 'failed', failure: failureOf(thrown), durationMs: performance.now() - startedMs };
        }
      }
    }
  };
}

/** How long the call may then take; undefined where no duty bounds it. @throws Failure `obligation_unmet`. */
async function discharge(
  obligations: Extract<Decision['answer'], { outcome: 'allow' }>['obligations'],
  call: Call,
  ports: EnforcementPorts,
  signal: AbortSignal,
): Promise<number | undefined> {
  const duties = dutiesOf(obligations, call, { region: ports.regionOf(call.server) });
  if (duties.kind === 'unmet') throw new Failure('obligation_unmet', duties.because);
  if (duties.notify.length > 0) {
    try {
      await ports.notify(duties.notify, call.decisionId, signal);
    } catch (cause) {
      throw new Failure('obligation_unmet', 'A notification that is required could not be sent.', { cause });
    }
  }
  return duties.timeoutMs;
}

interface Carrying {
  readonly ports: EnforcementPorts;
  /** What a duty allows the call to take; undefined for none. */
  readonly timeoutMs: number | undefined;
  readonly approved: ApprovedTools | undefined;
  /** To be called right before anything is sent: a release may be activated at any time. @throws Failure `policy_unavailable`. */
  readonly refuseMoved: () => void;
}

/** Policy spoke about a server where its own release has it, not about another that has taken the name. @throws Failure `policy_unavailable`. */
function refuseOtherwiseServed(answer: Decision['answer'], { server }: Call, ports: EnforcementPorts): void {
  if (ports.isServedAsDecided?.(answer, server) ?? true) return;
  throw new Failure(
    'policy_unavailable',
    'The server is served by other settings than those that the call was decided by.',
  );
}

async function carryOut(call: Call, carrying: Carrying, signal: AbortSignal): Promise<ServerReply> {
  if (signal.aborted) throw abortFailure(signal);
  if (call.carryOut === undefined) return forward(call, carrying, signal);
  carrying.refuseMoved();
  if (carrying.timeoutMs === undefined) return call.carryOut(signal);
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new Failure('upstream_timeout')), carrying.timeoutMs);
  try {
    return await call.carryOut(AbortSignal.any([signal, late.signal]));
  } finally {
    clearTimeout(timer);
  }
}

async function forward(
  call: Call,
  { ports, timeoutMs, approved, refuseMoved }: Carrying,
  signal: AbortSignal,
): Promise<ServerReply> {
  const upstream = ports.upstreams.get(call.server);
  if (upstream === undefined) throw new Failure('upstream_unavailable', 'There is no such server.');
  if (call.bytes === undefined) throw new Failure('internal', 'There is nothing to forward.');
  // What a server would say of a tool it does not have, or that another list shows, must not tell hidden from absent.
  if (call.type === 'tool_call' || call.type === 'subagent_call') {
    const tool =
      approved === undefined
        ? await upstream.findTool(call.toolName, signal)
        : await upstream.findToolNow(call.toolName, callConversation(call), signal);
    if (tool === undefined) throw new Failure('unknown_tool');
    if (quarantineOf(tool, approved) !== undefined)
      throw new Failure('upstream_invalid', 'The tool is not as it was approved, so it is not called.');
    refuseAlias(call, tool);
  }
  if (signal.aborted) throw abortFailure(signal);
  refuseMoved();
  return upstream.forward(
    {
      id: call.decisionId,
      bytes: call.bytes,
      conversation: callConversation(call),
      channel: call.channel,
      timeoutMs: Math.min(timeoutMs ?? ports.upstreamTimeoutMs, ports.upstreamTimeoutMs),
    },
    signal,
  );
}

/** What the server might read as another argument than policy saw is not sent. @throws Failure `invalid_params`. */
function refuseAlias({ args }: Call, { inputSchema }: UpstreamEntry): void {
  const alias = aliasedArgument(args, inputSchema);
  if (alias === undefined) return;
  throw new Failure('invalid_params', `The argument ${alias} is not spelled as the tool declares it.`);
}

/** In which conversation a call’s server is spoken to. A client that keeps no session has one conversation with a server for each principal that it acts as. */
export function callConversation({ conversationKey, principal, channel }: Call): Conversation {
  const key = conversationKey === '' ? ownConversationKey(principal) : conversationKey;
  return { key, capabilities: channel?.capabilities ?? {}, principal };
}
