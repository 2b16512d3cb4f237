import { Failure } from '@bailiff/contract';

/** The one content type that is read: JSON is UTF-8, and says so or says nothing. */
const JSON_TYPE = /^application\/json(?:\s*;\s*charset="?utf-8"?)?$/i;

/**
 * The bytes of a JSON body, at most `bytesMax` of them.
 * @throws Failure `media_type_refused`, `body_too_large`, `client_gone`.
 */
export async function readBody(request: Request, bytesMax: number): Promise<Uint8Array> {
  if (!JSON_TYPE.test(request.headers.get('content-type')?.trim() ?? ''))
    throw new Failure('media_type_refused', 'Send application/json.');
  const encoding = request.headers.get('content-encoding') ?? 'identity';
  if (encoding.toLowerCase() !== 'identity')
    throw new Failure('media_type_refused', 'Send the body without a content encoding.');
  if (Number(request.headers.get('content-length') ?? 0) > bytesMax) throw new Failure('body_too_large');
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunksOf(request)) {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) throw new Failure('body_too_large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A reader that is left early is not cancelled: that would close the connection before the refusal is sent. */
async function* chunksOf(request: Request): AsyncGenerator<Uint8Array> {
  const reader = request.body?.getReader();
  if (reader === undefined) return;
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw new Failure('client_gone', undefined, { cause });
    });
    if (done) return;
    yield value;
  }
}

/** Aborted, with the failure `client_gone`, when the client leaves before its answer. */
export function signalOf(request: Request): AbortSignal {
  const controller = new AbortController();
  const { signal } = request;
  const abort = (): void => controller.abort(new Failure('client_gone', undefined, { cause: signal.reason }));
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return controller.signal;
}
