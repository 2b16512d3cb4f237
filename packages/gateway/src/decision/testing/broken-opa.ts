import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** What a server that is not well does with a request it has read the head of. */
export type Misbehaviour = (socket: Socket, request: string) => void;

/** Stands in for an OPA that is broken at the level of HTTP, which the real one cannot be made to be. */
export class BrokenOpa implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();
  misbehaviour: Misbehaviour;
  /** Is told what arrives. */
  seen: (text: string) => void = () => {};

  private constructor(server: Server, misbehaviour: Misbehaviour) {
    this.#server = server;
    this.misbehaviour = misbehaviour;
  }

  static async open(misbehaviour: Misbehaviour): Promise<BrokenOpa> {
    const server = createServer({ noDelay: true });
    const opa = new BrokenOpa(server, misbehaviour);
    server.on('connection', (socket) => opa.#serve(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return opa;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Repeats an action until the connection is closed. */
  every(pauseMs: number, socket: Socket, action: () => void): void {
    const timer = setInterval(action, pauseMs);
    this.#timers.add(timer);
    socket.on('close', () => clearInterval(timer));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => {}); // Whoever asked has hung up, as it should.
    socket.on('data', (chunk) => {
      const text = chunk.toString('latin1');
      this.seen(text);
      if (/^(?:GET|POST) /.test(text)) this.misbehaviour(socket, text);
    });
  }
}

/** A complete HTTP answer. */
export function httpAnswer(status: number, body: string, contentType = 'application/json'): string {
  const head = [`HTTP/1.1 ${status} X`, `Content-Type: ${contentType}`];
  return `${head.join('\r\n')}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
