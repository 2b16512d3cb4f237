import { Failure } from '@bailiff/contract';
import { isObject } from '../message.ts';
import type { Reply, RequestContext } from '../request-context.ts';
import { existence } from './absent.ts';
import { act } from './act.ts';
import { promptExists } from './targets/listed.ts';
import { checkParams, isPlainName } from './targets/names.ts';

/** `prompts/get`: decided on its name and arguments. */
export async function getPrompt(context: RequestContext): Promise<Reply> {
  const { params, serverName } = context;
  checkParams('prompts/get', params, ['name', 'arguments']);
  const { name, arguments: args = {} } = params;
  if (!isPlainName(name)) {
    throw new Failure('invalid_params', 'The prompt’s name is missing, too long, or holds unfit characters.');
  }
  if (!isObject(args) || !Object.values(args).every((value) => typeof value === 'string')) {
    throw new Failure('invalid_params', 'The prompt’s arguments are not an object of strings.');
  }
  const exists = await promptExists(name, context);
  return act(
    {
      type: 'prompt_get',
      target: { kind: 'prompt', id: `${serverName}.${name}` },
      toolName: '',
      args,
      method: 'prompts/get',
      params: { name, ...(params.arguments === undefined ? {} : { arguments: args }) },
      ...existence({ exists, code: 'unknown_prompt' }, context),
    },
    context,
  );
}
