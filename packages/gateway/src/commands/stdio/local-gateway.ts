import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';

/** What the gateway’s local socket is addressed by. */
const LOCAL_HOST = 'localhost';

/** One request to the gateway on its local socket. */
export interface LocalRequestOptions {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** The head of an answer; its body is still to be read. */
export interface LocalAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: IncomingMessage;
}

/** The gateway cannot be reached. `wasSent`: what was asked of it may have reached it before. */
export class GatewayGone extends Error {
  readonly wasSent: boolean;

  constructor(wasSent: boolean, cause: unknown) {
    super('The gateway went away.', { cause });
    this.wasSent = wasSent;
  }
}

/** A running gateway, reached over its local socket. While this is open, the gateway knows that somebody needs it. */
export class LocalGateway implements Disposable {
  readonly #socketPath: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1_024 });
  /** Nothing is said on it: it ends with either side. */
  readonly #presence: Socket;
  readonly #gone = new AbortController();

  private constructor(socketPath: string, presence: Socket) {
    this.#socketPath = socketPath;
    this.#presence = presence;
    presence.on('error', () => undefined); // Followed by `close`.
    presence.once('close', () => this.#gone.abort());
    presence.resume();
  }

  /** @throws Error when no gateway listens there. */
  static open(socketPath: string): Promise<LocalGateway> {
    return new Promise((resolve, reject) => {
      const presence = connect(socketPath);
      presence.once('error', reject);
      presence.once('connect', () => {
        presence.off('error', reject);
        resolve(new LocalGateway(socketPath, presence));
      });
    });
  }

  /** Aborted when the gateway goes away. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** @throws GatewayGone, or the signal’s reason. */
  ask({ method, path, headers, body }: LocalRequestOptions, signal: AbortSignal): Promise<LocalAnswer> {
    return new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { 'content-length': String(body.byteLength) };
      const outgoing = request({
        socketPath: this.#socketPath,
        agent: this.#agent,
        method,
        path,
        headers: { host: LOCAL_HOST, ...headers, ...length },
        signal,
      });
      let wasConnected = false;
      outgoing.once('socket', (socket) => {
        wasConnected = !socket.connecting;
        socket.once('connect', () => {
          wasConnected = true;
        });
      });
      outgoing.once('error', (cause) =>
        reject(signal.aborted ? signal.reason : new GatewayGone(wasConnected, cause)),
      );
      outgoing.once('response', (incoming) =>
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: incoming }),
      );
      outgoing.end(body);
    });
  }

  [Symbol.dispose](): void {
    this.#presence.destroy();
    this.#agent.destroy();
  }
}
