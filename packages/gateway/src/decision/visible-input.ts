import type { ActionType, CallContext, DataClassSource, ListInput, Target } from '@bailiff/contract';

/** What the catalogue declares of a target, whatever is done with it. */
const DECLARED: ReadonlySet<DataClassSource['source']> = new Set([
  'server',
  'tool',
  'resource',
  'model',
  'subagent',
]);

/** What the entries of each list are asked about as, whatever is done with their target. */
const LISTED_AS: Readonly<Partial<Record<Target['kind'], ActionType>>> = {
  tool: 'tool_call',
  resource: 'resource_read',
  prompt: 'prompt_get',
  subagent: 'subagent_call',
};

/** A call's input as a list of one: whether its target would be in the list that the caller sees. */
export function visibleInput({ input, dataClassSources }: CallContext): ListInput {
  const { target, server, tool, tool_name, effects, blast_radius, ...action } = input.action;
  const classes = dataClassSources.filter(({ source }) => DECLARED.has(source)).map((each) => each.class);
  const declared = [...new Set(classes)];
  const candidate = { target, server, tool, tool_name, effects, blast_radius };
  return {
    ...input,
    result: null,
    approval: null,
    action: {
      ...action,
      ...candidate,
      type: LISTED_AS[target.kind] ?? action.type,
      phase: 'list',
      args: {},
      estimated_tokens: 0,
      data_classes_referenced: declared,
    },
    candidates: [{ ...candidate, data_classes_referenced: declared }],
  };
}
