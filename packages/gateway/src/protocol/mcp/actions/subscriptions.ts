import type { Call } from '@bailiff/contract';
import type { Reply, RequestContext } from '../request-context.ts';
import { existence } from './absent.ts';
import { act } from './act.ts';
import { resourceExists } from './targets/listed.ts';
import { plainUriOf } from './targets/resource-uri.ts';

/**
 * A subscription to the changes of one resource (`params.uri`), decided like a read of it. `carryOut` makes it, if a list of the
 * server may mean that resource. @throws Failure `invalid_params`.
 */
export async function subscribe(
  context: RequestContext,
  carryOut: NonNullable<Call['carryOut']>,
): Promise<Reply> {
  const uri = plainUriOf(context.params);
  const exists = await resourceExists(uri, context);
  return act(
    {
      type: 'resource_subscribe',
      target: { kind: 'resource', id: uri },
      toolName: '',
      args: {},
      method: 'resources/subscribe',
      params: { uri },
      carryOut,
      ...existence({ exists, code: 'unknown_resource' }, context),
    },
    context,
  );
}
