import type { OpaServer } from '../../../../conformance/opa-server.ts';
import { canonicalText, type ExactJson, readExactJson } from '../exact-json.ts';
import type { Answer, Trial } from './compare.ts';

/** What a running OPA answers over HTTP. @throws {Error} when it does not understand the question. */
export async function httpAnswer(
  server: OpaServer,
  { entrypoint, inputText, strict }: Pick<Trial, 'entrypoint' | 'inputText' | 'strict'>,
): Promise<Answer> {
  const body = inputText === undefined ? '{}' : `{"input":${inputText}}`;
  const path = `/v1/data/${entrypoint}?strict-builtin-errors=${strict}`;
  const reply = await server.send('POST', path, body);
  const answer = readExactJson(reply.body) as { readonly [key: string]: ExactJson };
  if (reply.status === 200) {
    const { result } = answer;
    return result === undefined ? { kind: 'undefined' } : { kind: 'defined', text: canonicalText(result) };
  }
  const [error] = (answer.errors ?? []) as readonly { readonly code: string; readonly message: string }[];
  if (error === undefined) throw new Error(`OPA answers ${reply.status}: ${reply.body.slice(0, 500)}`);
  return { kind: 'failed', code: error.code, message: error.message };
}

/** Gives a running OPA the modules and the data of a trial in place of what it had. @returns false where it refuses them. */
export async function load(server: OpaServer, { modules, dataText }: Trial): Promise<boolean> {
  for (const name of Object.keys(modules)) await server.send('DELETE', `/v1/policies/${name}`);
  const replies = [await server.send('PUT', '/v1/data', dataText)];
  for (const [name, text] of Object.entries(modules))
    replies.push(await server.send('PUT', `/v1/policies/${name}`, text));
  return replies.every(({ status }) => status < 300);
}
