import type { Principal } from '@bailiff/contract';
import type { Exchange } from '../http/exchange.ts';
import type { Message } from './message.ts';
import type { McpServer } from './ports.ts';

/** An HTTP request whose sender and server are known. */
export interface Arrival {
  readonly exchange: Exchange;
  readonly principal: Principal;
  readonly server: McpServer;
}

/** What answers the clients of one era. */
export interface Door extends AsyncDisposable {
  /** Answers one message, exactly once. @throws Failure when it is refused before there is an answer. */
  received(message: Message, arrival: Arrival): Promise<void>;
}
