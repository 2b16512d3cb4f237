import type { Call } from '@bailiff/contract';
import { unknownResource } from '../refusal.ts';
import type { Reply, RequestContext } from '../request-context.ts';
import { refusedOrAbsent } from './absent.ts';
import { act } from './act.ts';
import { checkResource } from './targets/listed.ts';
import { plainUriOf } from './targets/resource-uri.ts';

/**
 * A subscription to the changes of one resource (`params.uri`), decided like a read of it. `carryOut` makes it.
 * @throws Failure `invalid_params`, or `unknown_resource` for what no list of the server may mean.
 */
export async function subscribe(
  context: RequestContext,
  carryOut: NonNullable<Call['carryOut']>,
): Promise<Reply> {
  const uri = plainUriOf(context.params);
  await checkResource(uri, context);
  return act(
    {
      type: 'resource_subscribe',
      target: { kind: 'resource', id: uri },
      toolName: '',
      args: {},
      method: 'resources/subscribe',
      params: { uri },
      carryOut,
      refused: (call, answer) => refusedOrAbsent(call, answer, { context, absent: unknownResource }),
    },
    context,
  );
}
