import type { ListKind } from '@bailiff/contract';
import type { RequestContext } from '../../request-context.ts';
import { ASIDE_PATIENCE_MS, listSoon } from '../../servers/patience.ts';

/**
 * Whether the server lists an entry of this id, or one that `isIt` accepts. A server that cannot be asked, or not soon, is taken to
 * have it: its outage must not change what policy says, nor keep anybody waiting for it.
 */
async function isListed(
  kind: ListKind,
  isIt: (id: string) => boolean,
  { server, signal }: RequestContext,
): Promise<boolean> {
  try {
    return (await listSoon(server, kind, { signal, patienceMs: ASIDE_PATIENCE_MS })).some(({ id }) =>
      isIt(id),
    );
  } catch {
    return true;
  }
}

/** Whether the server lists a prompt of this name. Not to be told to anybody before it is decided what they may know. */
export function promptExists(name: string, context: RequestContext): Promise<boolean> {
  return isListed('prompts', (id) => id === name, context);
}

/** The same for a resource or a template, as it is listed. */
export function resourceIsListed(uri: string, context: RequestContext): Promise<boolean> {
  return isInEither(
    (id) => id === uri,
    (id) => id === uri,
    context,
  );
}

/** The same for resources that servers list, themselves or by a template that may stand for them. */
export function resourceExists(uri: string, context: RequestContext): Promise<boolean> {
  return isInEither(
    (id) => id === uri,
    (template) => mayStandFor(template, uri),
    context,
  );
}

/** Looks at both lists in any case, so that the time it takes says nothing. */
async function isInEither(
  isResource: (id: string) => boolean,
  isTemplate: (id: string) => boolean,
  context: RequestContext,
): Promise<boolean> {
  const found = await Promise.all([
    isListed('resources', isResource, context),
    isListed('resource_templates', isTemplate, context),
  ]);
  return found.includes(true);
}

/** Whether a URI begins as a template’s literal part does. What its variables take is for the server to say. */
function mayStandFor(template: string, uri: string): boolean {
  const [literal = ''] = template.split('{', 1);
  return template === uri || (literal.length < template.length && uri.startsWith(literal));
}
