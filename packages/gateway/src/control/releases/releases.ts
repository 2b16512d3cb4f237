import { Failure, type Release, type ReleaseNote } from '@bailiff/contract';
import { z } from 'zod';
import { withJoinedTrials } from '../../distribution/releases/joined-trials.ts';
import type { StoredRelease } from '../../distribution/releases/release-store.ts';
import { type Compared, storedDifference } from '../../distribution/releases/stored-difference.ts';
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
  const notes = await delivery.notes();
  const history = withJoinedTrials(delivery.history(), notes);
  const releases = notes.map((note) => ({
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
  const delivery = deliveryOf(ports);
  const history = withJoinedTrials(delivery.history(), await delivery.notes());
  return context.json({ ...note, history: history.get(note.policy_version) ?? [], rules });
}

/** `GET /v1/releases/{policy_version}/diff?from=…`: what changes from another release, the active one when absent. */
export async function diffReleases(context: ControlContext, ports: ControlPorts): Promise<Response> {
  const to = await comparedOf(context.req.param('policy_version'), ports);
  const asked = context.req.query('from');
  const active = ports.release();
  if (asked === undefined && active === undefined) throw new Failure('not_ready', 'No release is active.');
  const from = asked === undefined && active !== undefined ? wholeOf(active) : await comparedOf(asked, ports);
  return context.json(await storedDifference(from, to));
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
  const found = await foundOf(version, ports);
  if (found === undefined) throw await absentOf(version, ports);
  return found;
}

/** A release to compare: of one that is no longer whole its note says something, too. */
async function comparedOf(version: string | undefined, ports: ControlPorts): Promise<Compared> {
  const found = await foundOf(version, ports);
  if (found !== undefined) return wholeOf(found.release);
  const notes = await deliveryOf(ports).notes();
  const note = notes.find(({ policy_version }) => policy_version === version);
  if (note === undefined) throw await absentOf(version, ports);
  return { policyVersion: note.policy_version, data: note.release, release: undefined };
}

function wholeOf(release: Release): Compared {
  return { policyVersion: release.policyVersion, data: release.data, release };
}

async function foundOf(version: string | undefined, ports: ControlPorts): Promise<StoredRelease | undefined> {
  const delivery = deliveryOf(ports);
  return version !== undefined && VERSION.test(version) ? delivery.find(version) : undefined;
}

/** Says apart what never was and what was: of that, what decided is still recorded with every decision. */
async function absentOf(version: string | undefined, ports: ControlPorts): Promise<Failure> {
  const delivery = deliveryOf(ports);
  const named = (await delivery.notes()).some(({ policy_version }) => policy_version === version);
  const was = named || (version !== undefined && delivery.history().has(version));
  const detail = was
    ? `What ${version} was made of is no longer stored, or is damaged.`
    : 'There is no such release.';
  return new Failure('not_found', `${detail} \`./bailiff release list\` names those that are kept.`);
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
