import { complete } from './actions/completion.ts';
import { listAction } from './actions/lists.ts';
import { getPrompt } from './actions/prompts.ts';
import { readResource } from './actions/resources.ts';
import { callTool } from './actions/tools.ts';
import type { Action } from './request-context.ts';

/**
 * What answers each method that a client may send, in whatever era. What stands in no table is refused: what is not known to be
 * harmless does not pass.
 */
export const ACTIONS: ReadonlyMap<string, Action> = new Map([
  ['tools/call', callTool],
  ['tools/list', listAction('tools')],
  ['resources/list', listAction('resources')],
  ['resources/templates/list', listAction('resource_templates')],
  ['resources/read', readResource],
  ['prompts/list', listAction('prompts')],
  ['prompts/get', getPrompt],
  ['completion/complete', complete],
]);
