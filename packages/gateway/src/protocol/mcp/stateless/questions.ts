import { type ClientCapabilities, Failure, type JsonObject, type ServerQuestion } from '@bailiff/contract';
import { isObject } from '../message.ts';
import type { Reply } from '../request-context.ts';

/** What a client must have declared to be asked all of this, and has not; undefined where nothing is missing. */
export function missingFor(
  questions: Iterable<ServerQuestion>,
  declared: ClientCapabilities,
): JsonObject | undefined {
  let missing: JsonObject = {};
  for (const question of questions) missing = { ...missing, ...missingForOne(question, declared) };
  return Object.keys(missing).length === 0 ? undefined : missing;
}

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

function missingForOne({ method, params }: ServerQuestion, declared: ClientCapabilities): JsonObject {
  const { sampling, elicitation, roots } = declared;
  switch (method) {
    case 'roots/list':
      return roots === undefined ? { roots: {} } : {};
    case 'sampling/createMessage': {
      const needsTools = params.tools !== undefined || params.toolChoice !== undefined;
      if (sampling !== undefined && (!needsTools || isObject(sampling.tools))) return {};
      return { sampling: needsTools ? { tools: {} } : {} };
    }
    case 'elicitation/create': {
      const mode = params.mode === 'url' ? 'url' : 'form';
      return mayElicit(elicitation, mode) ? {} : { elicitation: { [mode]: {} } };
    }
  }
}

/** A client that declares neither way takes forms. */
function mayElicit(elicitation: JsonObject | undefined, mode: 'form' | 'url'): boolean {
  if (elicitation === undefined) return false;
  if (isObject(elicitation[mode])) return true;
  return mode === 'form' && elicitation.url === undefined;
}

/** Whether a reply hands on questions that were decided about. */
export function asksClient(reply: Reply): reply is QuestionsReply {
  return 'asks' in reply;
}
