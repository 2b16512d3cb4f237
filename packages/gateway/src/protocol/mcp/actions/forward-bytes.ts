import type { JsonObject, ServerDescription } from '@bailiff/contract';
import type { RequestContext } from '../request-context.ts';

/** How the gateway names itself to servers. */
const CLIENT_INFO = { name: 'bailiff', version: '1' };

const META = 'io.modelcontextprotocol';

/**
 * The one serialisation of a request: what is decided about, recorded and forwarded, as the server’s era has it. Its id is
 * the decision’s, so that no two clients’ requests can be taken for each other. The client’s `_meta` is not among the
 * parameters: neither policy nor the record sees it, so a server that obeys something in it would do what was not decided about.
 */
export function forwardBytes(
  message: { readonly method: string; readonly params: JsonObject },
  context: Pick<RequestContext, 'decisionId' | 'channel'>,
  description: Pick<ServerDescription, 'era' | 'version'> | undefined,
): Uint8Array {
  const { decisionId: id } = context;
  const meta = metaFor(context, description);
  const params = meta === undefined ? message.params : { ...message.params, _meta: meta };
  return Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, method: message.method, params }));
}

function metaFor(
  { decisionId, channel }: Pick<RequestContext, 'decisionId' | 'channel'>,
  description: Pick<ServerDescription, 'era' | 'version'> | undefined,
): JsonObject | undefined {
  const progress = channel?.wantsProgress === true ? { progressToken: decisionId } : {};
  if (description?.era !== 'stateless') return channel?.wantsProgress === true ? progress : undefined;
  return {
    [`${META}/protocolVersion`]: description.version,
    [`${META}/clientInfo`]: CLIENT_INFO,
    [`${META}/clientCapabilities`]: { ...channel?.capabilities },
    ...(channel?.logLevel === undefined ? {} : { [`${META}/logLevel`]: channel.logLevel }),
    ...progress,
  };
}
