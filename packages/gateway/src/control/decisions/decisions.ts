import { Failure } from '@bailiff/contract';
import type { DecisionSummary, StoredEntry } from '../../record/reader.ts';
import { readBody, signalOf } from '../body.ts';
import type { DecisionDocument, DecisionList } from '../documents.ts';
import type { ControlPorts } from '../ports.ts';
import type { ControlContext } from '../problem.ts';
import { askedCall } from './asked-call.ts';
import { askedPage } from './decision-query.ts';
import { isAbout, viewOf } from './decision-view.ts';

/** `POST /v1/decisions`: 200 with the answer, a denial included. */
export async function askDecision(context: ControlContext, ports: ControlPorts): Promise<Response> {
  const decisionId = ports.newDecisionId();
  context.set('decisionId', decisionId);
  const body = ports.parseJson(await readBody(context.req.raw, ports.bodyBytesMax));
  const asked = askedCall(body, {
    principal: context.get('principal'),
    decisionId,
    simulate: simulateOf(context),
    directory: ports.release()?.directory,
  });
  if (asked.kind === 'refused') {
    context.set('faults', asked.faults);
    throw asked.failure;
  }
  const { answer } = await ports.govern(asked.call, signalOf(context.req.raw));
  return context.json(answer);
}

/** `?simulate=true` says the same as the document’s own field, for those who send a file as it is. */
function simulateOf(context: ControlContext): boolean {
  const values = context.req.queries('simulate') ?? [];
  if (values.some((value) => value !== 'true'))
    throw new Failure('bad_request', 'simulate is true or left out.');
  return values.length > 0;
}

/** Decision ids are made by the gateway; nothing else is looked up. */
const DECISION_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** `GET /v1/decisions/{decision_id}`. What the asker may not read is answered exactly like what is not there. */
export async function showDecision(context: ControlContext, ports: ControlPorts): Promise<Response> {
  const decisionId = context.req.param('decision_id') ?? '';
  const principal = context.get('principal');
  const stored = DECISION_ID.test(decisionId)
    ? await ports.reader.find(decisionId, signalOf(context.req.raw))
    : [];
  if (stored.length === 0) throw new Failure('not_found');
  if (principal.permissions.has('operator')) return context.json(inFull(decisionId, stored));
  const entries = stored.map(({ entry }) => entry);
  const view = isAbout(entries, principal) ? viewOf(entries, ports.release()) : undefined;
  if (view === undefined) throw new Failure('not_found');
  return context.json(view);
}

function inFull(decisionId: string, stored: readonly StoredEntry[]): DecisionDocument {
  const entries = stored.map(({ seq, previousHash, hash, entry }) => ({
    seq,
    previous_hash: previousHash,
    hash,
    entry,
  }));
  return { decision_id: decisionId, entries };
}

/** `GET /v1/decisions`. */
export async function listDecisions(context: ControlContext, ports: ControlPorts): Promise<Response> {
  const asked = askedPage(context.req.queries());
  if (asked.kind === 'refused') {
    context.set('faults', asked.faults);
    throw new Failure('bad_request', 'The query is not valid.');
  }
  const { decisions, next } = await ports.reader.page(asked.filter, asked.options, signalOf(context.req.raw));
  const list: DecisionList = {
    decisions: decisions.map(listed),
    next: next === undefined ? null : String(next),
  };
  return context.json(list);
}

function listed(summary: DecisionSummary): DecisionList['decisions'][number] {
  const { decisionId, atMs, latencyMs, policyVersion, isList, reasons, ...same } = summary;
  return {
    ...same,
    decision_id: decisionId,
    at: new Date(atMs).toISOString(),
    reasons: [...reasons],
    latency_ms: latencyMs,
    policy_version: policyVersion,
    is_list: isList,
  };
}
