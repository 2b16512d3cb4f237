import { Failure, type ListKind } from '@bailiff/contract';
import type { RequestContext } from '../../request-context.ts';

/**
 * Whether the server lists an entry of this id, or one that `isIt` accepts. A server that cannot be asked is taken to have it: its
 * outage must not change what policy says.
 */
export async function isListed(
  kind: ListKind,
  isIt: (id: string) => boolean,
  { server, signal }: RequestContext,
): Promise<boolean> {
  try {
    return (await server.list(kind, signal)).some(({ id }) => isIt(id));
  } catch {
    return true;
  }
}

/** What does not exist is answered before anything is decided, exactly like what the caller cannot see. @throws Failure `unknown_prompt`. */
export async function checkPrompt(name: string, context: RequestContext): Promise<void> {
  if (!(await isListed('prompts', (id) => id === name, context))) throw new Failure('unknown_prompt');
}

/** The same for resources that servers list, themselves or by a template that may stand for them. @throws Failure `unknown_resource`. */
export async function checkResource(uri: string, context: RequestContext): Promise<void> {
  if (await isListed('resources', (id) => id === uri, context)) return;
  if (await isListed('resource_templates', (template) => mayStandFor(template, uri), context)) return;
  throw new Failure('unknown_resource');
}

/** Whether a URI begins as a template’s literal part does. What its variables take is for the server to say. */
function mayStandFor(template: string, uri: string): boolean {
  const [literal = ''] = template.split('{', 1);
  return template === uri || (literal.length < template.length && uri.startsWith(literal));
}
