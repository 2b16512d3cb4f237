import { Failure, type ReleaseNote } from '@bailiff/contract';
import { z } from 'zod';
import { releaseDifference } from '../../distribution/releases/release-difference.ts';
import type { StoredRelease } from '../../distribution/releases/release-store.ts';
import { readBody } from '../body.ts';
import type { ControlPorts, ReleasePorts } from '../ports.ts';
import type { ControlContext } from '../problem.ts';

const reason = z.string().trim().min(1).max(1_000).describe('Why, for whoever reads it later.');

/** Body of `POST /v1/releases/rollback`. */
export const RollbackRequest = z.strictObject({
  to: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('Policy version; the one before the active one when absent.'),
  reason,
});

/** Body of `POST /v1/releases/promote`. */
export const PromoteRequest = z.strictObject({
  to: z
    .string()
    .min(1)
    .max(200)
    .describe(
      '`canary` or `everyone` for the release on trial; else the policy version of one that is kept.',
    ),
  reason,
  insist: z
    .boolean()
    .default(false)
    .describe('Promote though it is halted because more agents are denied than before.'),
});

/** Body of `POST /v1/releases/stop`. */
export const StopRequest = z.strictObject({ reason });

/** A policy version as this gateway makes them. */
const VERSION = /^[\w.+-]{1,200}$/;

/** `GET /v1/releases`. */
export async function listReleases(context: ControlContext, ports: ControlPorts): Promise<Response> {
  const active = ports.release()?.policyVersion;
  const delivery = deliveryOf(ports);
  const history = delivery.history();
  const releases = (await delivery.notes()).map((note) => ({
    ...summaryOf(note),
    history: history.get(note.policy_version) ?? [],
  }));
  return context.json({ active: active ?? null, releases });
}

/** `GET /v1/releases/status`. */
export function showReleaseStatus(context: ControlContext, ports: ControlPorts): Response {
  return context.json(deliveryOf(ports).status());
}

/** `GET /v1/releases/{policy_version}`. */
export async function showStoredRelease(context: ControlContext, ports: ControlPorts): Promise<Response> {
  const { note, release } = await storedOf(context.req.param('policy_version'), ports);
  const rules = [...release.rules.values()].map(({ id, kind, mode, title, owner }) => ({
    id,
    kind,
    mode,
    title,
    owner,
  }));
  const history = deliveryOf(ports).history().get(note.policy_version) ?? [];
  return context.json({ ...note, history, rules });
}

/** `GET /v1/releases/{policy_version}/diff?from=…`: what changes from another release, the active one when absent. */
export async function diffReleases(context: ControlContext, ports: ControlPorts): Promise<Response> {
  const { release: to } = await storedOf(context.req.param('policy_version'), ports);
  const asked = context.req.query('from');
  const from = asked === undefined ? ports.release() : (await storedOf(asked, ports)).release;
  if (from === undefined) throw new Failure('not_ready', 'No release is active.');
  return context.json(releaseDifference(from, to));
}

/** `POST /v1/releases/rollback`. */
export async function rollBack(context: ControlContext, ports: ControlPorts): Promise<Response> {
  const { to, reason: why } = await bodyOf(context, ports, RollbackRequest);
  return context.json(await deliveryOf(ports).rollBack(to, { by: byOf(context), reason: why }));
}

/** `POST /v1/releases/promote`. */
export async function promote(context: ControlContext, ports: ControlPorts): Promise<Response> {
  const { to, reason: why, insist } = await bodyOf(context, ports, PromoteRequest);
  const delivery = deliveryOf(ports);
  const rung = to === 'canary' || to === 'everyone' ? to : { version: to };
  await delivery.promote(rung, { by: byOf(context), reason: why }, insist ? why : undefined);
  return context.json(delivery.status());
}

/** `POST /v1/releases/stop`. */
export async function stopTrial(context: ControlContext, ports: ControlPorts): Promise<Response> {
  const { reason: why } = await bodyOf(context, ports, StopRequest);
  const delivery = deliveryOf(ports);
  if (delivery.status().rollout.trial === null) throw new Failure('bad_request', 'No release is on trial.');
  await delivery.stopTrial({ by: byOf(context), reason: why });
  return context.json(delivery.status());
}

/** `POST /v1/releases/pull`: looks at every source and at the policy folder now, and answers once that is in force or refused. */
export async function pullReleases(context: ControlContext, ports: ControlPorts): Promise<Response> {
  const delivery = deliveryOf(ports);
  await delivery.pull();
  return context.json(delivery.status());
}

function deliveryOf({ delivery }: ControlPorts): ReleasePorts {
  if (delivery === undefined) throw new Failure('not_found', 'This gateway has one release only.');
  return delivery;
}

async function storedOf(version: string | undefined, ports: ControlPorts): Promise<StoredRelease> {
  const found =
    version !== undefined && VERSION.test(version) ? await deliveryOf(ports).find(version) : undefined;
  if (found === undefined) throw new Failure('not_found', 'There is no such release.');
  return found;
}

async function bodyOf<Schema extends z.ZodType>(
  context: ControlContext,
  ports: ControlPorts,
  schema: Schema,
): Promise<z.output<Schema>> {
  const body = schema.safeParse(ports.parseJson(await readBody(context.req.raw, ports.bodyBytesMax)));
  if (body.success) return body.data;
  context.set(
    'faults',
    body.error.issues.map(({ path, message }) => ({
      path: path.map(String).join('.'),
      problem: message,
      mend: 'Correct it; /openapi.json describes the body.',
    })),
  );
  throw new Failure('input_invalid', 'The body is not valid.');
}

/** Who asks, as it is written down. */
function byOf(context: ControlContext): string {
  const { userId, agentId } = context.get('principal');
  return userId === '' ? agentId : `${userId} via ${agentId}`;
}

function summaryOf({ policy_version, at, author, reason: why, release }: ReleaseNote) {
  return { policy_version, at, author, reason: why, bundles: release.bundles };
}
