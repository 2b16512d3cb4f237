import type { ServerNotification, ServerQuestion } from '@bailiff/contract';

/** A notification to a client: the text of its parameters goes in as it is. */
export function notificationText({ method, json }: Pick<ServerNotification, 'method' | 'json'>): string {
  return `{"jsonrpc":"2.0","method":${JSON.stringify(method)},"params":${json}}`;
}

/** A question to a client under an id of ours. */
export function questionText(id: string, { method, json }: Pick<ServerQuestion, 'method' | 'json'>): string {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"method":${JSON.stringify(method)},"params":${json}}`;
}
