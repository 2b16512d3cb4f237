import type { CallContext, DataClassSource, ListInput } from '@bailiff/contract';

/** What the catalogue declares of a target, whatever is done with it. */
const DECLARED: ReadonlySet<DataClassSource['source']> = new Set(['server', 'tool', 'resource', 'model']);

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
      phase: 'list',
      args: {},
      estimated_tokens: 0,
      data_classes_referenced: declared,
    },
    candidates: [{ ...candidate, data_classes_referenced: declared }],
  };
}
