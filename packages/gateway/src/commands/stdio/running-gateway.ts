import { isPrivateSocket, localSocketPath } from '../../stores/local-socket.ts';
import { LocalGateway } from './local-gateway.ts';

/** A gateway that runs for a data folder. */
export interface RunningGateway {
  /** Where it listens, as `http://127.0.0.1:7070`; undefined when it does not say. */
  readonly url: string | undefined;
  /** HTTP status of its `/readyz`: 200 when it decides. */
  readonly readiness: number;
}

const ANSWER_TIMEOUT_MS = 2_000;
const ANSWER_BYTES_MAX = 4_096;

/** The gateway that runs for a data folder, found as `bailiff stdio` finds it; undefined when none answers. */
export async function runningGateway(dataDirectory: string): Promise<RunningGateway | undefined> {
  const path = localSocketPath(dataDirectory);
  if (!(await isPrivateSocket(path))) return undefined;
  const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
  try {
    using gateway = await LocalGateway.open(path);
    const ready = await gateway.ask({ method: 'GET', path: '/readyz', headers: {} }, signal);
    ready.body.resume();
    return { readiness: ready.status, url: await addressOf(gateway, signal) };
  } catch {
    return undefined; // Whatever it is, it answers nobody.
  }
}

async function addressOf(gateway: LocalGateway, signal: AbortSignal): Promise<string | undefined> {
  const { status, body } = await gateway.ask({ method: 'GET', path: '/address', headers: {} }, signal);
  let text = '';
  for await (const chunk of body.setEncoding('utf8')) {
    text += chunk;
    if (text.length > ANSWER_BYTES_MAX) return undefined;
  }
  const url = status === 200 ? URL.parse(text) : null;
  return url?.protocol === 'http:' ? url.origin : undefined;
}
