import {
  type Alternative,
  type Call,
  type Denial,
  type DeniedScope,
  FAILURES,
  Failure,
  failureOf,
  type ServerReply,
} from '@bailiff/contract';
import { type AgentView, agentView } from '../agent-view.ts';
import type { Disclosure, ListedEntry, RefusedAnswer } from './ports.ts';
import { errorOf, resultOf } from './reply.ts';
import type { RequestContext } from './request-context.ts';

/** Where the answer stands when the tool’s own schema rules over structured content. */
export const ANSWER_META_KEY = 'bailiff/answer';

/**
 * A refused call as a tool result: a model reads results, and usually not errors. One block tells the model why and what
 * would help, one tells the user plainly, and the answer itself comes as structured content. Clients hold structured
 * content against the tool’s output schema even in an error, and show that mismatch instead of the reason; so for
 * a tool with a schema the answer stands in `_meta`.
 */
export function toolRefusal(answer: RefusedAnswer, tool: Pick<ListedEntry, 'hasOutputSchema'>): ServerReply {
  const view = agentView(answer);
  return resultOf({
    content: [
      { type: 'text', text: modelText(answer, view), annotations: { audience: ['assistant'] } },
      { type: 'text', text: userText(answer), annotations: { audience: ['user'] } },
    ],
    ...(tool.hasOutputSchema ? { _meta: { [ANSWER_META_KEY]: view } } : { structuredContent: view }),
    isError: true,
  });
}

/** A refusal of anything that is not a tool call. */
export function refusalError(answer: RefusedAnswer): ServerReply {
  const error = { code: FAILURES.forbidden.rpc, message: answer.message, data: agentView(answer) };
  return { member: 'error', json: JSON.stringify(error) };
}

/** The answer to a call of a tool that does not exist, or that the caller cannot see: the same, but for the id. */
export function unknownTool(decisionId: string): ServerReply {
  return errorOf(new Failure('unknown_tool'), decisionId);
}

/** The same for a resource. */
export function unknownResource(decisionId: string): ServerReply {
  return errorOf(new Failure('unknown_resource'), decisionId);
}

/** What the caller may learn of a denial; a failure when that cannot be told, though the denial stands and is recorded. */
export async function disclosureOf(
  call: Call,
  denial: Denial,
  { ports, signal }: Pick<RequestContext, 'ports' | 'signal'>,
): Promise<Disclosure | Failure> {
  try {
    return await ports.disclose(call, denial, signal);
  } catch (thrown) {
    const failure = failureOf(thrown);
    if (failure.code === 'internal') ports.report(failure);
    return failure;
  }
}

/** The row of the table of outcomes on which nothing could be decided. */
const UNDECIDED_ROW = 1;

const RETRY_RULES: Readonly<Record<DeniedScope, string>> = {
  this_call: 'Do not repeat this call unchanged. A different call is decided on its own.',
  this_tool: 'Do not call this tool again with other arguments: that will be refused too.',
  this_conversation: 'Do not try again in this conversation: that will be refused too.',
  this_agent: 'Do not try this or similar calls again: the refusal holds for everything this agent does.',
};

function modelText(answer: RefusedAnswer, view: AgentView): string {
  const lines = [`${whatHappened(answer)} Nothing was executed.`];
  lines.push(`Why: ${view.message}`, `Reason codes: ${view.reasons.join(', ')}.`);
  if (view.approval !== null) {
    lines.push(`Approval ${view.approval.id}: ${view.approval.how_to_wait}`);
  }
  if (view.alternatives.length > 0) {
    lines.push('Checked and allowed instead, with nothing else changed:');
    for (const { change } of view.alternatives) lines.push(`- ${inOwnTerms(change)}`);
  }
  if (view.remediation !== undefined) lines.push(`Remediation: ${view.remediation}.`);
  lines.push(retryRule(view), `Decision id: ${view.decision_id}`);
  return lines.join('\n');
}

/** Policy that could not be evaluated has refused nothing: the gateway has. */
function whatHappened({ outcome, metadata }: RefusedAnswer): string {
  if (outcome === 'approval_required') return 'The call needs a person’s approval and is refused until then.';
  return metadata.resolution === UNDECIDED_ROW
    ? 'The call could not be decided, so it was refused.'
    : 'The call was refused by policy.';
}

/** A change as the model would make it: `action.args.rows` is policy’s name for what the model calls `rows`. */
function inOwnTerms(change: Alternative['change']): string {
  return Object.entries(change)
    .map(([path, value]) => `${path.replace(/^action\.(?:args\.)?/, '')}: ${JSON.stringify(value)}`)
    .join(', ');
}

function retryRule(view: AgentView): string {
  if (view.outcome === 'approval_required')
    return 'Do not retry this call or variants of it before approval.';
  return view.retryable
    ? 'The same call may succeed later; do not retry at once.'
    : RETRY_RULES[view.denied_scope];
}

function userText(answer: RefusedAnswer): string {
  const { metadata, message } = answer;
  const lines = [
    answer.outcome === 'deny'
      ? `Your agent’s request was refused. ${message}`
      : `Your agent’s request needs approval before it can go on. ${message}`,
  ];
  const effect = answer.outcome === 'deny' ? 'deny' : 'require_approval';
  const owners = new Set(metadata.rules.filter((rule) => rule.effect === effect).map(({ owner }) => owner));
  const approvers = answer.approval?.approvers ?? [];
  if (approvers.length > 0) lines.push(`It can be approved by: ${approvers.join(', ')}.`);
  if (owners.size > 0) lines.push(`Who can help: ${[...owners].join(', ')}.`);
  if (metadata.appeal_path !== '') lines.push(`To ask for a change: ${metadata.appeal_path}`);
  lines.push(`Decision id: ${metadata.decision_id}`);
  return lines.join('\n');
}
