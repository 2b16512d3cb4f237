import { type JsonObject, type ServerDescription, statelessMeta } from '@bailiff/contract';
import type { RequestContext } from '../request-context.ts';

/**
 * The one serialisation of a request: what is decided about, recorded and forwarded, as the server’s era has it. Its id is
 * the decision’s, so that no two clients’ requests can be taken for each other. The client’s `_meta` is not among the
 * parameters: neither policy nor the record sees it, so a server that obeys something in it would do what was not decided about.
 */
export function forwardBytes(
  message: { readonly method: string; readonly params: JsonObject },
  context: Pick<RequestContext, 'decisionId' | 'channel' | 'extensionsFor'>,
  description: ServerDescription | undefined,
): Uint8Array {
  const { decisionId: id } = context;
  const meta = metaFor(context, description);
  const params = meta === undefined ? message.params : { ...message.params, _meta: meta };
  return Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, method: message.method, params }));
}

function metaFor(
  { decisionId, channel, extensionsFor }: Pick<RequestContext, 'decisionId' | 'channel' | 'extensionsFor'>,
  description: ServerDescription | undefined,
): JsonObject | undefined {
  const progress = channel?.wantsProgress === true ? { progressToken: decisionId } : {};
  if (description?.era !== 'stateless') return channel?.wantsProgress === true ? progress : undefined;
  const { version } = description;
  const capabilities = { ...channel?.capabilities, ...extensionsFor?.(description) };
  return { ...statelessMeta({ version, capabilities, logLevel: channel?.logLevel }), ...progress };
}
