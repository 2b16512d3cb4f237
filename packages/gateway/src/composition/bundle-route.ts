import { randomUUID, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Failure, failureOf, type Principal, type Refusal } from '@bailiff/contract';
import { problemResponse } from '../control/problem.ts';
import { type BundleEndpoint, createBundleEndpoint, waitSecondsOf } from '../distribution/bundle-endpoint.ts';
import type { Parts } from './parts.ts';

export const BUNDLE_PATH = '/v1/bundles/release.tar.gz';
/** The release on trial, or with `?release=<policy version>` one that is tried before it. */
export const CANDIDATE_BUNDLE_PATH = '/v1/bundles/candidate.tar.gz';

/** Whether a request’s target is a bundle that OPA fetches. */
export function isBundleTarget(target: string): boolean {
  return target === BUNDLE_PATH || pathOf(target) === CANDIDATE_BUNDLE_PATH;
}

/** What this route shares with the others: who is served, and how refusals are kept. */
export interface BundleEdge {
  hosts(): readonly string[];
  origins(): readonly string[];
  /** Resolves whether or not it could be written. */
  recordRefusal(refusal: Refusal): Promise<void>;
}

type BundleParts = Pick<Parts, 'releases' | 'lanes' | 'bundleToken' | 'authenticate'>;

/** OPA’s bundle API, for the OPA of this gateway and for others whose credential permits it. Never rejects. */
export function bundleOf(parts: BundleParts, edge: BundleEdge) {
  const { releases, bundleToken, authenticate } = parts;
  const active = createBundleEndpoint(releases);
  const expected = Buffer.from(`Bearer ${bundleToken}`);
  const isOwnEngine = ({ headers }: IncomingMessage): boolean => {
    const given = Buffer.from(headers.authorization ?? '');
    return given.length === expected.length && timingSafeEqual(given, expected);
  };
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const left = new AbortController();
    response.once('close', () => left.abort(new Failure('client_gone')));
    let principal: Principal | undefined;
    try {
      // The own OPA names the gateway by the address it listens on, whatever that is; no page knows the token.
      if (!isOwnEngine(request)) {
        refuseStrangers(request, edge);
        principal = await authenticate(request.headersDistinct);
        if (!principal.permissions.has('pull_bundle'))
          throw new Failure('forbidden', 'This needs a credential with the permission pull_bundle.');
      }
      if (request.method !== 'GET') throw new Failure('method_not_allowed');
      const asked = {
        ifNoneMatch: request.headers['if-none-match'],
        waitSeconds: waitSecondsOf(request.headersDistinct.prefer?.join(',')),
      };
      const target = request.url ?? '/';
      const endpoint = pathOf(target) === BUNDLE_PATH ? active : candidateEndpoint(target, parts);
      const { status, headers, body } = await endpoint(asked, left.signal);
      response.writeHead(status, headers).end(body);
    } catch (thrown) {
      const failure = failureOf(thrown);
      const decisionId = randomUUID();
      const refusal = {
        decisionId,
        principal,
        failure,
        route: `${request.method} ${pathOf(request.url ?? '/')}`,
      };
      await edge.recordRefusal(refusal).catch(() => undefined); // the request is refused either way
      await answerProblem(response, failure, decisionId);
    }
  };
}

function pathOf(target: string): string {
  return target.split('?', 1)[0] ?? '';
}

/** @throws Failure `not_found` for a release that is not tried now, and where none is on trial. */
function candidateEndpoint(target: string, { lanes, releases }: BundleParts): BundleEndpoint {
  const asked = new URL(target, 'http://gateway').searchParams.get('release');
  const version = asked ?? releases.candidate()?.release.policyVersion;
  const endpoint = version === undefined ? undefined : lanes?.endpointOf(version);
  if (endpoint === undefined) throw new Failure('not_found', 'No such release is on trial.');
  return endpoint;
}

/** The checks of every other route. @throws Failure `origin_refused`. */
function refuseStrangers({ headers: { host = '', origin } }: IncomingMessage, edge: BundleEdge): void {
  if (origin !== undefined && !edge.origins().includes(origin.toLowerCase()))
    throw new Failure('origin_refused');
  if (!edge.hosts().includes(host.toLowerCase())) throw new Failure('origin_refused');
}

async function answerProblem(response: ServerResponse, failure: Failure, decisionId: string): Promise<void> {
  const headers = failure.code === 'method_not_allowed' ? { allow: 'GET' } : {};
  const problem = problemResponse(failure, { decisionId, headers });
  const body = await problem.text();
  if (response.headersSent) return;
  response.writeHead(problem.status, {
    ...Object.fromEntries(problem.headers),
    'cache-control': 'no-store',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}
