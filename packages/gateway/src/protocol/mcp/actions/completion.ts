import { Failure, type Json, type JsonObject, type Target } from '@bailiff/contract';
import { isObject } from '../message.ts';
import type { Reply, RequestContext } from '../request-context.ts';
import { type AbsenceCode, existence } from './absent.ts';
import { act } from './act.ts';
import { promptExists, resourceIsListed } from './targets/listed.ts';
import { checkParams, isPlainName } from './targets/names.ts';

/** What is to be completed: its target, what goes to the server for it, whether it exists, and how it is told when it does not. */
interface Reference {
  readonly target: Target;
  readonly ref: JsonObject;
  readonly exists: boolean;
  readonly code: AbsenceCode;
}

/** `completion/complete`: decided on the prompt or the resource template whose argument is completed. */
export async function complete(context: RequestContext): Promise<Reply> {
  const { params } = context;
  checkParams('completion/complete', params, ['ref', 'argument', 'context']);
  const { ref: asked, argument, context: given } = params;
  const { target, ref, exists, code } = await referenceOf(asked, context);
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
      ...existence({ exists, code }, context),
    },
    context,
  );
}

/** @throws Failure `invalid_params`. */
async function referenceOf(ref: Json | undefined, context: RequestContext): Promise<Reference> {
  const { type, name, uri } = isObject(ref) ? ref : {};
  if (type === 'ref/prompt' && isPlainName(name)) {
    const exists = await promptExists(name, context);
    const target = { kind: 'prompt', id: `${context.serverName}.${name}` } as const;
    return { target, ref: { type, name }, exists, code: 'unknown_prompt' };
  }
  if (type === 'ref/resource' && typeof uri === 'string') {
    const exists = await resourceIsListed(uri, context);
    return { target: { kind: 'resource', id: uri }, ref: { type, uri }, exists, code: 'unknown_resource' };
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
