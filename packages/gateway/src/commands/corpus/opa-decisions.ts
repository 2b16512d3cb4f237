import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KernelAnswer } from '@bailiff/contract';
import type { Engine, Evaluation } from '../../decision/engine.ts';
import { openSidecar } from '../../decision/sidecar/sidecar.ts';
import type { PreflightAnswer } from '../../distribution/delivery/preflight-engine.ts';

/** For OPA to start and take the bundle. */
const READY_TIMEOUT_MS = 30_000;
/** For one evaluation; they wait for each other. */
const EVALUATION_TIMEOUT_MS = 10_000;
/** Evaluations that are asked for at once. */
const AT_ONCE = 8;
/** The bundle does not change while OPA has it. */
const POLL_SECONDS = 3_600;

/**
 * What a composed bundle decides about each input, in order, in an OPA that is started for it and ends with it.
 * @throws Failure `configuration_invalid` when `opa` cannot be run; the signal’s reason when it is not ready in time.
 */
export async function decideWithOpa(
  bundle: Uint8Array,
  inputTexts: readonly string[],
  tools: { readonly opa: string; readonly signal: AbortSignal },
): Promise<readonly PreflightAnswer[]> {
  return (await askOpa(bundle, inputTexts, tools)).map(answerOf);
}

/** The same as OPA gives it. */
export function askOpa(
  bundle: Uint8Array,
  inputTexts: readonly string[],
  tools: { readonly opa: string; readonly signal: AbortSignal },
): Promise<readonly Evaluation[]> {
  return withOpa(bundle, tools, async (engine) => {
    const { signal } = tools;
    const answers: Evaluation[] = [];
    for (let from = 0; from < inputTexts.length; from += AT_ONCE) {
      signal.throwIfAborted();
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(EVALUATION_TIMEOUT_MS)]);
      const evaluations = inputTexts
        .slice(from, from + AT_ONCE)
        .map((text) => engine.evaluate('bailiff/decision', text, deadline));
      answers.push(...(await Promise.all(evaluations)));
    }
    return answers;
  });
}

/** Does `work` with an OPA that decides by a composed bundle, and ends with it. @throws as `decideWithOpa`. */
export async function withOpa<Result>(
  bundle: Uint8Array,
  { opa, signal }: { readonly opa: string; readonly signal: AbortSignal },
  work: (engine: Pick<Engine, 'evaluate'>) => Promise<Result>,
): Promise<Result> {
  await using served = await serve(bundle);
  const { token, url } = served;
  const source = { url, token, polling: { kind: 'cadence', seconds: POLL_SECONDS } } as const;
  await using sidecar = await openSidecar({
    opa: { kind: 'managed', process: { executable: opa, searchPath: process.env.PATH ?? '', source } },
    onLog: () => {},
  });
  await sidecar.whenReady(AbortSignal.any([signal, AbortSignal.timeout(READY_TIMEOUT_MS)]));
  return await work(sidecar);
}

/** Only an answer of the exact shape, and by policy that could be used, is one. */
function answerOf(evaluation: Evaluation): PreflightAnswer {
  if (evaluation.kind === 'undefined') return { kind: 'failed', detail: 'There is no answer.' };
  if (evaluation.kind === 'failed') {
    const [place] = evaluation.locations;
    const where = place === undefined ? '' : ` at ${place.file}:${place.row}`;
    return { kind: 'failed', detail: `${evaluation.code}${where}` };
  }
  const answer = KernelAnswer.safeParse(evaluation.value);
  if (!answer.success) return { kind: 'failed', detail: 'The answer is none of the kernel’s.' };
  const { outcome, reasons, metadata } = answer.data;
  if (metadata.resolution === 1) {
    const said = metadata.failures.map(({ kind, subject }) => `${kind} ${subject}`).join(', ');
    return { kind: 'failed', detail: said === '' ? reasons.join(', ') : said };
  }
  return { kind: 'decided', outcome, reasons, rules: metadata.matched_rules };
}

/** Serves the bundle on loopback to whoever has the token. */
async function serve(
  bundle: Uint8Array,
): Promise<AsyncDisposable & { readonly url: string; readonly token: string }> {
  const token = randomBytes(32).toString('base64url');
  const server: Server = createServer((request, response) => {
    if (request.headers.authorization === `Bearer ${token}`)
      response.writeHead(200, { 'content-type': 'application/gzip' }).end(bundle);
    else response.writeHead(401).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/release.tar.gz`,
    token,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
