import { Failure, type Json, type JsonObject, type Target } from '@bailiff/contract';
import { isObject } from '../message.ts';
import { unknownPrompt, unknownResource } from '../refusal.ts';
import type { Reply, RequestContext } from '../request-context.ts';
import { type AbsentReply, refusedOrAbsent } from './absent.ts';
import { act } from './act.ts';
import { checkPrompt, isListed } from './targets/listed.ts';
import { checkParams, isPlainName } from './targets/names.ts';

/** What is to be completed: its target, what goes to the server for it, and how it is told when it does not exist. */
interface Reference {
  readonly target: Target;
  readonly ref: JsonObject;
  readonly absent: AbsentReply;
}

/** `completion/complete`: decided on the prompt or the resource template whose argument is completed. */
export async function complete(context: RequestContext): Promise<Reply> {
  const { params } = context;
  checkParams('completion/complete', params, ['ref', 'argument', 'context']);
  const { ref: asked, argument, context: given } = params;
  const { target, ref, absent } = await referenceOf(asked, context);
  const args = {
    argument: argumentOf(argument),
    ...(given === undefined ? {} : { context: givenOf(given) }),
  };
  return act(
    {
      type: 'completion',
      target,
      toolName: '',
      args,
      method: 'completion/complete',
      params: { ref, ...args },
      refused: (call, answer) => refusedOrAbsent(call, answer, { context, absent }),
    },
    context,
  );
}

/** @throws Failure `invalid_params`, `unknown_prompt` or `unknown_resource`. */
async function referenceOf(ref: Json | undefined, context: RequestContext): Promise<Reference> {
  const { type, name, uri } = isObject(ref) ? ref : {};
  if (type === 'ref/prompt' && isPlainName(name)) {
    await checkPrompt(name, context);
    const target = { kind: 'prompt', id: `${context.serverName}.${name}` } as const;
    return { target, ref: { type, name }, absent: unknownPrompt };
  }
  if (type === 'ref/resource' && typeof uri === 'string') {
    const isIt = (id: string) => id === uri;
    const exists =
      (await isListed('resource_templates', isIt, context)) || (await isListed('resources', isIt, context));
    if (!exists) throw new Failure('unknown_resource');
    return { target: { kind: 'resource', id: uri }, ref: { type, uri }, absent: unknownResource };
  }
  throw new Failure('invalid_params', 'The ref names neither a prompt nor a resource.');
}

function argumentOf(argument: Json | undefined): JsonObject {
  const { name, value } = isObject(argument) ? argument : {};
  if (typeof name !== 'string' || typeof value !== 'string') {
    throw new Failure('invalid_params', 'The argument is not a name and a value.');
  }
  return { name, value };
}

function givenOf(given: Json): JsonObject {
  const { arguments: args = {} } = isObject(given) ? given : { arguments: null };
  if (!isObject(args) || !Object.values(args).every((value) => typeof value === 'string')) {
    throw new Failure('invalid_params', 'The context’s arguments are not an object of strings.');
  }
  return { arguments: args };
}
