import { unknownResource } from '../refusal.ts';
import type { Reply, RequestContext } from '../request-context.ts';
import { existence, saysAbsent } from './absent.ts';
import { act } from './act.ts';
import { checkParams } from './targets/names.ts';
import { plainUriOf } from './targets/resource-uri.ts';

/** Codes with which servers say that a resource does not exist: the protocol’s own, and that of the official SDKs. */
const ABSENT_CODES: ReadonlySet<unknown> = new Set([-32002, -32602]);

/** `resources/read`: decided on its URI. */
export async function readResource(context: RequestContext): Promise<Reply> {
  checkParams('resources/read', context.params, ['uri']);
  const uri = plainUriOf(context.params);
  return act(
    {
      type: 'resource_read',
      target: { kind: 'resource', id: uri },
      toolName: '',
      args: {},
      method: 'resources/read',
      params: { uri },
      ...existence({ exists: true, code: 'unknown_resource' }, context), // The server says whether it does.
      answered: (call, reply) => (saysAbsent(reply, ABSENT_CODES) ? unknownResource(call.decisionId) : reply),
    },
    context,
  );
}
