import {
  type Call,
  DecisionRequest,
  type Directory,
  Failure,
  type FailureCode,
  type Json,
  type JsonObject,
  type Principal,
} from '@bailiff/contract';
import { type Fault, faultsOf } from '../fault.ts';
import { namedAction } from './asked-action.ts';
import { foreignPlaces, strangeFacts, unaskableFacts } from './asked-facts.ts';
import { askedPrincipal } from './asked-principal.ts';

/** Who asks, and under which id it will be decided. */
export interface Asker {
  readonly principal: Principal;
  readonly decisionId: string;
  /** Asked for outside the document; a document’s own `simulate` counts too. */
  readonly simulate: boolean;
  /** Who is registered, for comparison; undefined when no release is active. */
  readonly directory: Directory | undefined;
}

/** A call to decide about, or what is wrong with the document. */
export type AskedCall =
  | { readonly kind: 'call'; readonly call: Call }
  | { readonly kind: 'refused'; readonly failure: Failure; readonly faults: readonly Fault[] };

/** The protocol that policy sees for calls of this API. */
export const DECISION_API_PROTOCOL = 'decision_api/v1';

/** Reads a short document. Whatever a real decision may not take from its caller is refused, never ignored. */
export function askedCall(body: Json, asker: Asker): AskedCall {
  const parsed = DecisionRequest.safeParse(body);
  if (!parsed.success) return refused('input_invalid', faultsOf(parsed.error, DecisionRequest));
  const document = parsed.data;
  if (asker.simulate && document.simulate === false)
    return refused('input_invalid', [
      { path: 'simulate', problem: 'contradicts the query', mend: 'Say it once.' },
    ]);
  const simulated = asker.simulate || document.simulate === true;
  const principal = askedPrincipal(document, asker.principal, simulated);
  if ('forbidden' in principal) return refused('forbidden', principal.forbidden);
  const facts = simulated ? [] : unaskableFacts(document);
  const differing = simulated ? [] : strangeFacts(document, principal.principal, asker.directory);
  const action = namedAction(document.action, argumentsOf(body));
  const faults = [...facts, ...differing, ...('type' in action ? [] : action)];
  if (!('type' in action) || faults.length > 0) return refused('input_invalid', faults);
  const places = simulated ? [] : foreignPlaces(document, asker.principal);
  if (places.length > 0) return refused('forbidden', places);
  const call: Call = {
    decisionId: asker.decisionId,
    principal: principal.principal,
    ...action,
    session: {
      protocol: DECISION_API_PROTOCOL,
      transport: 'http',
      client_name: document.session?.client_name ?? '',
      client_version: document.session?.client_version ?? '',
      auth_method: asker.principal.authMethod,
    },
    conversationKey: conversationKeyOf(document),
    bytes: undefined,
    given: {
      simulated,
      trusted: asker.principal.permissions.has('decide_for'),
      input: simulated ? wholeInput(document) : ownFacts(document),
    },
  };
  return { kind: 'call', call };
}

function refused(code: FailureCode, faults: readonly Fault[]): AskedCall {
  const [first] = faults;
  const detail =
    first === undefined ? undefined : `${first.path || 'The document'} ${first.problem}. ${first.mend}`;
  return { kind: 'refused', failure: new Failure(code, detail), faults };
}

/** As they were parsed: the schema’s copy leaves out a key named `__proto__`, which the caller’s tool would get. */
function argumentsOf(body: Json): JsonObject {
  const action = ownValue(body, 'action');
  const args = ownValue(action, 'args');
  return isObject(args) ? args : {};
}

function ownValue(value: Json | undefined, key: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A name of this API’s own: a session id of another protocol that was learnt somewhere reaches no conversation here. */
function conversationKeyOf({ context }: DecisionRequest): string {
  const named = context?.conversation_id ?? '';
  return named === '' ? '' : `api:${named}`;
}

type Given = NonNullable<Call['given']>['input'];

/** Everything that a simulated decision is to be about. */
function wholeInput(document: DecisionRequest): Given {
  const { simulate: _simulate, action, ...sections } = document;
  const { resource: _resource, prompt: _prompt, args: _args, ...facts } = action;
  return present({ ...sections, action: facts });
}

/** What a real decision takes from a caller: its own view of the conversation, its estimates, and data classes to add. */
function ownFacts(document: DecisionRequest): Given {
  const { data_classes_referenced, estimated_tokens } = document.action;
  const { conversation_id: _conversation, ...context } = document.context ?? {};
  const { region, is_production, flags } = document.environment ?? {};
  return {
    action: present({ data_classes_referenced, estimated_tokens }),
    context: present(context),
    environment: present({ region, is_production, flags }),
  };
}

/** The same without keys whose value is undefined. */
function present<T extends object>(facts: T): Partial<T> {
  const entries = Object.entries(facts).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<T>; // keys of T, fewer of them
}
