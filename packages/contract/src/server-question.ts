import type { ClientCapabilities, ServerQuestion } from './call.ts';

/** What a client must have declared to be asked each thing, which is also what policy calls it. */
export const QUESTION_ABILITIES = {
  'sampling/createMessage': 'sampling',
  'elicitation/create': 'elicitation',
  'roots/list': 'roots',
} as const satisfies Record<ServerQuestion['method'], keyof ClientCapabilities>;

/** How long a client may take to answer what a server asks it; people answer some of it. */
export const QUESTION_TIMEOUT_MS = 300_000;

/** Whether a method is one by which servers may ask something of clients. */
export function isQuestionMethod(method: unknown): method is ServerQuestion['method'] {
  return typeof method === 'string' && Object.hasOwn(QUESTION_ABILITIES, method);
}
