import type { DecisionEntry, MatchedRule, ReleaseRule } from '@bailiff/contract';
import { z } from 'zod';

/** What decides about one call and not about its target: denials that read it do not hide a target from lists. */
const STATE = ['input.action.args', 'input.context', 'input.usage'] as const;
/** What tells of the caller alone: a denial that reads nothing else is told whatever the target. */
const PRINCIPAL = ['input.agent', 'input.user', 'input.session', 'input.environment'] as const;

const McpToolCall = z.object({
  action: z.object({ type: z.literal('tool_call') }),
  session: z.object({ protocol: z.string().startsWith('mcp/') }),
});

/**
 * Whether the caller of a denied MCP tool call was told that there is no such tool: it is not in the caller’s list, and
 * the caller is not refused as such. Rules that the given release does not know are taken to hide it.
 */
export function hidesTarget(entry: DecisionEntry, rules: ReadonlyMap<string, ReleaseRule>): boolean {
  const { answer, input } = entry;
  if (answer.outcome !== 'deny' || !McpToolCall.safeParse(input).success) return false;
  const denials = answer.metadata.rules.filter(({ effect }) => effect === 'deny');
  const reads = ({ rule }: MatchedRule): readonly string[] | undefined => rules.get(rule)?.reads;
  if (
    denials.some(
      (rule) =>
        reads(rule)
          ?.filter(isInput)
          .every((path) => isBelow(path, PRINCIPAL)) === true,
    )
  )
    return false;
  if (answer.metadata.resolution === 4) return true; // granted to nobody who could be this caller
  return denials.some((rule) => reads(rule)?.some((path) => touches(path, STATE)) !== true);
}

function isInput(path: string): boolean {
  return path === 'input' || path.startsWith('input.');
}

function isBelow(path: string, roots: readonly string[]): boolean {
  return roots.some((root) => path === root || path.startsWith(`${root}.`));
}

/** Whether reading `path` reads something of `roots`: it lies below one of them or holds one. */
function touches(path: string, roots: readonly string[]): boolean {
  return isBelow(path, roots) || roots.some((root) => isBelow(root, [path]));
}
