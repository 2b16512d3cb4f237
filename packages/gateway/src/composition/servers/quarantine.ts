import {
  AGENTS_SERVER,
  type Answer,
  type Call,
  type CallContext,
  type Decision,
  type Denial,
  Failure,
  failureOf,
  GATEWAY_REASONS,
  type Release,
} from '@bailiff/contract';
import type { ActiveRelease } from '../../distribution/active-release.ts';
import { callConversation } from '../../enforcement/enforce.ts';
import {
  type ApprovedTools,
  type QuarantineCause,
  quarantineOf,
} from '../../enforcement/upstream/pins/quarantine.ts';
import type { Upstream } from '../../enforcement/upstream/upstream.ts';

type Releases = Pick<ActiveRelease, 'current' | 'accepts' | 'candidate'>;

/** What of a server’s tools the release of this policy version approves; undefined where that does not pin the server. */
export function approvedToolsBy(
  policyVersion: string,
  server: string,
  releases: Releases,
): ApprovedTools | undefined {
  const onTrial = releases.candidate()?.release;
  const release =
    onTrial?.policyVersion === policyVersion
      ? onTrial
      : (releases.accepts(policyVersion) ?? releases.current());
  return pinsIn(release, server);
}

/** The same by the release that is active. */
export function approvedToolsNow(
  server: string,
  releases: Pick<Releases, 'current'>,
): ApprovedTools | undefined {
  return pinsIn(releases.current(), server);
}

function pinsIn(release: Release | undefined, server: string): ApprovedTools | undefined {
  const pins = release?.data.tool_pins ?? {};
  return Object.hasOwn(pins, server) ? pins[server] : undefined;
}

interface QuarantinePorts {
  readonly upstreams: ReadonlyMap<string, Pick<Upstream, 'findToolNow'>>;
  readonly releases: Releases;
}

/**
 * The decision, or a denial in the place of an allow of a tool that is not as it was approved. What its server lists is only asked
 * once policy allows the call, so that no denial waits for a server; where it cannot be asked, the call fails when it is made.
 * Of a call that its caller carries out, what the server lists to anybody counts: nobody is spoken to in the caller’s name. A tool
 * that nobody approved is refused to that caller whether or not it is listed so, and one that is not cannot be compared. A subagent
 * is a tool of the server `agents`, whoever asks for it and by which name.
 * @throws Failure `upstream_*` for an allow that nothing would check later.
 */
export async function unlessQuarantined(
  decision: Decision,
  { call }: Pick<CallContext, 'call'>,
  ports: QuarantinePorts & { readonly signal: AbortSignal },
): Promise<Decision> {
  const { answer } = decision;
  const ran = toolRunBy(call);
  if (answer.outcome !== 'allow' || ran === undefined) return decision;
  const approved = approvedToolsBy(answer.metadata.policy_version, ran.server, ports.releases);
  if (approved === undefined) return decision;
  if (call.given !== undefined && !Object.hasOwn(approved, ran.tool))
    return { ...decision, answer: refused(answer, ran, 'new') };
  const upstream = ports.upstreams.get(ran.server);
  try {
    const conversation = call.given === undefined ? callConversation(call) : undefined;
    const tool = await upstream?.findToolNow(ran.tool, conversation, ports.signal);
    if (tool === undefined && call.given !== undefined) throw notCompared(upstream !== undefined);
    // A call to be made here of what is not listed ends as one of an unknown tool.
    const cause = tool === undefined ? undefined : quarantineOf(tool, approved);
    return cause === undefined ? decision : { ...decision, answer: refused(answer, ran, cause) };
  } catch (thrown) {
    if (isCheckedLater(call)) return decision;
    throw thrown instanceof Failure ? thrown : failureOf(thrown);
  }
}

function notCompared(isServed: boolean): Failure {
  return isServed
    ? new Failure(
        'upstream_invalid',
        'The server of this tool is pinned and does not list it to the gateway, so it cannot be compared with what was approved.',
      )
    : new Failure(
        'upstream_unavailable',
        'The server of this tool is pinned and is not served here, so it cannot be compared with what was approved.',
      );
}

interface RunTool {
  readonly server: string;
  readonly tool: string;
}

/** What an allow makes a server run, be it for a caller that carries it out, or would; undefined where that is no tool. */
function toolRunBy(call: Call): RunTool | undefined {
  const { type, given, bytes, carryOut, server, toolName, subagent } = call;
  if (given === undefined && bytes === undefined && carryOut === undefined) return undefined;
  if (type === 'tool_call') return { server, tool: toolName };
  return type === 'subagent_call' ? { server: AGENTS_SERVER, tool: subagent } : undefined;
}

/** Whether the tool is looked at once more before it runs, or never runs. */
function isCheckedLater({ given, carryOut }: Call): boolean {
  return given === undefined ? carryOut === undefined : given.simulated;
}

type Allow = Extract<Answer, { outcome: 'allow' }>;

/** The rules that allowed the call stay on it: they spoke about another definition. */
function refused({ metadata }: Allow, { server, tool }: RunTool, cause: QuarantineCause): Denial {
  return {
    allow: false,
    outcome: 'deny',
    reasons: ['tool_quarantined'],
    message: GATEWAY_REASONS.tool_quarantined,
    alternatives: [],
    retryable: false,
    denied_scope: 'this_tool',
    obligations: [],
    approval: null,
    metadata: {
      ...metadata,
      failures: [...metadata.failures, { kind: 'tool_quarantined', subject: `${server}.${tool}: ${cause}` }],
      audit_required: true,
    },
  };
}
