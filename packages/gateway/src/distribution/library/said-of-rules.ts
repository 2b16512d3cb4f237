import type { TakenRule } from '@bailiff/contract';
import { type Document, parseDocument } from 'yaml';

/**
 * The text of a rule of the library with what the bundle that takes it says of it, and with `owner` for whoever it leaves open.
 * Approvers are named where the rule asks for approval.
 */
export function withSaid(
  text: string,
  { owner, said }: { readonly owner: string; readonly said: TakenRule },
): string {
  return text.replace(METADATA_BLOCK, (_, block: string, head: string, kind: string, id: string) => {
    const document = parseDocument(block.replace(/^# ?/gm, ''));
    const { rules = {}, controls = [], ...ofAll } = said;
    const { controls: ownControls = [], ...own } = rules[id] ?? {};
    const { approvers, canary, ...rest } = { ...ofAll, ...own };
    const hasCanary = canary !== undefined && isNotForEveryone(rest.mode);
    const asks = kind === 'require_approval' && approvers !== undefined;
    const entries = Object.entries({
      owner,
      ...rest,
      ...(hasCanary && { canary }),
      ...(asks && { approvers }),
    });
    for (const [key, value] of entries) if (value !== undefined) set(document, key, value);
    const added = [...controls, ...ownControls];
    if (added.length > 0) {
      const { custom } = document.toJS() as { custom: { controls?: string[] } };
      set(document, 'controls', [...new Set([...(custom.controls ?? []), ...added])]);
    }
    const lines = document.toString({ lineWidth: 0, flowCollectionPadding: false }).trimEnd().split('\n');
    return `# METADATA\n${lines.map((line) => `# ${line}`.trimEnd()).join('\n')}\n${head}`;
  });
}

/** Whether a canary says anything of a rule with this mode, which one of the library has for everyone. */
function isNotForEveryone(mode: TakenRule['mode']): boolean {
  return mode !== undefined && mode !== 'enforce';
}

/** Ids of the rules in a text of the library. */
export function ruleIdsIn(text: string): string[] {
  return [...text.matchAll(METADATA_BLOCK)].map(([, , , , id = '']) => id);
}

/** The comment, and how the rule that it is about begins: its kind and its id. */
const METADATA_BLOCK = /^# METADATA\n((?:#.*\n)+)((\w+) contains (?:\{"id": )?"(\w+)")/gm;

function set(document: Document, key: string, value: unknown): void {
  document.setIn(['custom', key], document.createNode(value, { flow: true }));
}
