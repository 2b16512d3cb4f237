import { Failure, type JsonObject, type ServerQuestion } from '@bailiff/contract';
import type { Reply } from '../request-context.ts';

/** As the protocol wants it told: which capabilities the client would need. */
export function capabilityMissing(requiredCapabilities: JsonObject): Failure {
  return new Failure(
    'capability_missing',
    'The server needs to ask what the client did not declare it can be asked.',
    {
      facts: { requiredCapabilities },
    },
  );
}

/** A reply that is no answer yet. Only what was decided here is one: a server’s own text never is. */
export interface QuestionsReply extends Reply {
  readonly asks: true;
}

/** What the server asks, and what the client has to bring back with its answers. */
export function questionsReply(
  questions: ReadonlyMap<string, ServerQuestion>,
  requestState: string,
): QuestionsReply {
  const asked = [...questions].map(
    ([key, { method, json }]) => `${JSON.stringify(key)}:{"method":"${method}","params":${json}}`,
  );
  const requests = asked.length === 0 ? '' : `"inputRequests":{${asked.join(',')}},`;
  const state = JSON.stringify(requestState);
  return {
    member: 'result',
    asks: true,
    json: `{"resultType":"input_required",${requests}"requestState":${state}}`,
  };
}

/** Whether a reply hands on questions that were decided about. */
export function asksClient(reply: Reply): reply is QuestionsReply {
  return 'asks' in reply;
}
