/**
 * What is promised, as data: each promise with where it comes from, and what shows it. Tests of the conformance suite say
 * themselves what they show, with `verifies`; tests that stand beside their sources are named here. A promise that no test
 * shows, and a test that is named and is not there, fails `requirements.test.ts`.
 */

/** One promise. */
export interface Requirement {
  /** A row of the fail-closed matrix, a law of ARCHITECTURE.md, or where it went wrong elsewhere. */
  readonly source: string;
  readonly sentence: string;
  /** Tests that show it beside their sources, as `file > words of its name`, the file below `packages/gateway/src`. */
  readonly tests?: readonly string[];
  /** What the promise does not cover, or what was not shown. */
  readonly limits?: readonly string[];
}

/** A law of the resolver, by its name in `conformance/laws/laws.ts`. */
const law = (name: string) => `conformance/laws/laws.property.test.ts > LAWS.${name}`;

/** For MCP over HTTP. Rows of the matrix that are not listed concern what does not exist here: budgets, approvals, remote bundles. */
const MATRIX = {
  'matrix-1': {
    source: 'fail-closed matrix, row 1: OPA does not run or refuses',
    sentence: 'Calls are denied as policy_unavailable and the gateway is not ready until OPA is back.',
    tests: ['decision/sidecar/sidecar.test.ts > fails with a reason while it is dead'],
  },
  'matrix-2': {
    source: 'fail-closed matrix, row 2: OPA accepts and never answers, or sends a byte a second',
    sentence: 'Calls are denied at the deadline, and no connection leaks.',
    tests: ['decision/fail-closed.test.ts > it accepts and never answers'],
  },
  'matrix-3': {
    source: 'fail-closed matrix, row 3: 500, HTML, truncated or endless JSON',
    sentence: 'Calls are denied as policy_unavailable, and the record names a malformed answer.',
    tests: ['decision/sidecar/opa-client.test.ts > 100 MB of JSON are refused long before their end'],
    limits: [
      'Where an engine answered but not usably, the client of a tool call gets a JSON-RPC error with policy_unavailable; the precise reason stands in the record only.',
    ],
  },
  'matrix-4': {
    source: 'fail-closed matrix, row 4: undefined and results of another shape',
    sentence: 'Only an answer of the exact shape allows, and only if it says true.',
    tests: [
      'decision/fail-closed.test.ts > no change of shape or type anywhere in it does',
      'decision/fail-closed.test.ts > no other bytes do',
    ],
  },
  'matrix-5': {
    source: 'fail-closed matrix, row 5: a rule fails while it is evaluated',
    sentence: 'A failing built-in and contradicting rules deny; built-ins that wait do not build.',
    tests: [
      'decision/decide.test.ts > rules that contradict each other are policy’s fault',
      'distribution/analysis/permission-refusals.test.ts > a built-in that asks the world',
    ],
  },
  'matrix-6': {
    source: 'fail-closed matrix, row 6: OPA restarts and switches releases under load',
    sentence: 'Each record names the release that decided.',
    tests: ['decision/decide.test.ts > releases that change under load, and an engine that restarts'],
    limits: ['Through the whole gateway it is shown for one release; a running gateway takes no other.'],
  },
  'matrix-7': {
    source: 'fail-closed matrix, row 7: OPA has no bundle, or another release’s',
    sentence: 'Calls are denied until OPA answers with the active release.',
    tests: ['decision/decide.test.ts > without a bundle nothing is allowed until there is one'],
  },
  'matrix-9': {
    source: 'fail-closed matrix, row 9: the store is full, read-only, or its fsync fails',
    sentence: 'Calls are refused with 503 and nothing is forwarded; it recovers without a restart.',
    tests: [
      'stores/sqlite/faults.test.ts > that is full: refused with the reason',
      'stores/sqlite/faults.test.ts > an fsync that fails',
    ],
    limits: [
      'Needs user namespaces (a disk of its own) and strace (failing fsync); where they are missing the tests are skipped and named.',
      'Read-only is shown at the start only: a disk that becomes read-only in use cannot be made in a namespace.',
    ],
  },
  'matrix-10': {
    source: 'fail-closed matrix, row 10: the store is locked or slow',
    sentence: 'A bounded number of calls waits for a bounded time; then they are refused.',
    tests: ['stores/sqlite/faults.test.ts > longer than a write may take: a bounded queue, then refusals'],
    limits: [
      'While the queue is full an outcome may be dropped; its decision then says that the outcome is unknown.',
    ],
  },
  'matrix-12': {
    source: 'fail-closed matrix, row 12: the upstream hangs, dribbles, resets, floods',
    sentence: 'The call fails with its reason, arrived once, and the record says how it ended.',
    tests: ['enforcement/upstream/http/http-transport.test.ts > a server over HTTP that misbehaves'],
  },
  'matrix-13': {
    source: 'fail-closed matrix, row 13: the client leaves',
    sentence: 'Nothing is forwarded after it left; what was sent before is cancelled, and recorded as sent.',
    tests: ['protocol/mcp/session/sessions.test.ts > before the decision has nothing forwarded'],
    limits: [
      'A call whose client leaves while it is decided is recorded as denied for evaluation_timeout, with the outcome client_gone.',
    ],
  },
  'matrix-15': {
    source: 'fail-closed matrix, row 15: SIGKILL at a random instant under load',
    sentence: 'Acknowledged decisions are there once, calls that arrived have their allow, the chain holds.',
    tests: ['stores/sqlite/kill.test.ts > after SIGKILL at'],
    limits: [
      '100 kills in the suite, 1,000 with BAILIFF_KILLS=1000. Power loss is not shown: a killed process keeps the kernel’s pages.',
    ],
  },
  'matrix-17': {
    source: 'fail-closed matrix, row 17: the log was changed or cut',
    sentence:
      'The gateway does not go on with a log whose end is not what it wrote, and verification names the first bad entry.',
    tests: ['stores/sqlite/faults.test.ts > a log that was changed behind our back'],
    limits: [
      'A whole file that was rolled back to an earlier state cannot be told without a head that was noted elsewhere.',
    ],
  },
  'matrix-18': {
    source: 'fail-closed matrix, row 18: two gateways on one store',
    sentence: 'The second is refused, naming the process that holds the store.',
    tests: ['stores/sqlite/faults.test.ts > is refused, naming that process'],
  },
  'matrix-19': {
    source: 'fail-closed matrix, row 19: the configuration is missing, empty, unknown or unsafe',
    sentence: 'The gateway does not start, and says file, row, key and mend.',
    tests: ['config.test.ts > names everything that is wrong at once'],
  },
  'matrix-20': {
    source: 'fail-closed matrix, row 20: slow clients, huge headers, deep JSON',
    sentence: 'They are refused or let go, memory is bounded, and healthy clients are answered.',
    tests: ['protocol/mcp/http-side.test.ts > stays answering while hundreds of clients send slowly'],
    limits: [
      '500 slow clients in the suite; more with BAILIFF_SLOW_CLIENTS.',
      'What the HTTP parser itself refuses (431, malformed requests) has no decision id and no record.',
      'A client that goes on sending a body beyond the limit may see a broken connection instead of the 413 that was sent.',
    ],
  },
} as const satisfies Record<string, Requirement>;

/** Holes that really happened elsewhere. */
const HOLES = {
  'hole-batch': {
    source: 'stacklok/toolhive#5745, NVIDIA/OpenShell#2083',
    sentence: 'Batches are refused and recorded, and nothing of them reaches a server.',
    tests: [
      'protocol/mcp/endpoint.test.ts > what is not one known request is refused, recorded, and goes nowhere',
    ],
  },
  'hole-session': {
    source: 'agentgateway GHSA-mvgg-jvj2-4frq, agent-router GHSA-953h-535j-jg2v, byterover-cli#329',
    sentence:
      'A session, its streams and what its client is asked belong to the principal, route and release that opened it, and are never guessed.',
    tests: [
      'protocol/mcp/session/sessions.test.ts > belongs to the release under which it was opened',
      'protocol/mcp/session/streams/streams.test.ts > nobody resumes another’s stream, nor one of another session',
      'protocol/mcp/session/asks.test.ts > is answered once, by its own session and principal only',
      'protocol/mcp/session/tasks.test.ts > a task is its creator’s: nobody else gets it, cancels it or sees it listed',
      'protocol/mcp/session/sessions.test.ts > belongs to the principal and the route that opened it',
      'protocol/mcp/session/sessions.test.ts > is never guessed, even when there is only one',
    ],
  },
  'hole-empty-configuration': {
    source: 'agentgateway#3549',
    sentence: 'Without credentials, rules, grants or capabilities nothing is allowed.',
    tests: ['context/authenticate.test.ts > without keys and issuers lets nobody in'],
  },
  'hole-absent-field': {
    source: 'agentgateway#3092',
    sentence:
      'A rule that reads what no input has, or data that nothing defines, does not build; an input that lacks a field is refused.',
    tests: [
      'distribution/analysis/permission-refusals.test.ts > an input path that no input has',
      'distribution/analysis/permission-refusals.test.ts > a data path that nothing defines',
    ],
  },
  'hole-second-mechanism': {
    source: 'LiteLLM CVE-2026-59822',
    sentence: 'A credential that fails is 401; no other mechanism is tried, and there is no empty principal.',
    tests: ['context/authenticate.test.ts > whose first credential is bad and whose second is good'],
  },
  'hole-host': {
    source: 'LiteLLM CVE-2026-49468, MCP SDKs CVE-2025-66414 and CVE-2025-66416',
    sentence: 'Host and Origin are compared with what is served, and route nothing.',
    tests: [
      'protocol/mcp/http-side.test.ts > a foreign origin',
      'protocol/mcp/http-side.test.ts > the null origin',
      'control/api.test.ts > refuses a foreign Origin before it looks at the credential',
    ],
  },
  'hole-cache-key': {
    source: 'LiteLLM CVE-2026-35030',
    sentence: 'A token that was verified is not taken for another one.',
    tests: [
      'context/credentials/tokens.test.ts > is not taken for another one that differs in a single character',
    ],
  },
  'hole-list-and-call': {
    source: 'CVE-2026-46519, not verified by us',
    sentence: 'What a list hides is never allowed, and a call of it is answered as if it did not exist.',
    tests: [
      law('list'),
      'protocol/mcp/refusal.test.ts > is not in its list, and a call of it is answered byte for byte like one that does not exist',
      'protocol/mcp/actions/prompts.test.ts > what the caller cannot see is answered byte for byte like what does not exist',
      'protocol/mcp/session/announcements.test.ts > a hidden resource is answered byte for byte like one that does not exist',
    ],
  },
  'hole-cross-reply': {
    source: 'MCP TypeScript SDK CVE-2026-25536',
    sentence: 'Clients that use the same ids each get their own answers.',
    tests: [
      'protocol/mcp/endpoint.test.ts > of many clients that use the same ids is answered with its own answer',
      'protocol/mcp/session/streams/streams.test.ts > many clients that use the same ids and tokens each hear of their own calls only',
    ],
  },
  'hole-audit': {
    source: 'astrid#466, infrabroker#133, ShieldCortex#95',
    sentence: 'Where the record cannot be written, nothing is sent; allows are recorded too.',
    tests: ['record/open-record.test.ts > a store that cannot be written: nothing may happen'],
  },
  'hole-error-as-allow': {
    source: 'agentgate PR 78',
    sentence: 'An error of the policy decision point is a denial.',
    tests: ['decision/fail-closed.test.ts > an engine that does not answer is a denial:'],
  },
  'hole-duplicate-key-in-policy': {
    source: 'secretless-ai#140',
    sentence: 'A key twice in policy data, METADATA or the configuration is refused.',
    tests: [
      'distribution/sources/source-refusals.test.ts > a key twice in JSON',
      'distribution/sources/source-refusals.test.ts > a key twice in data',
      'distribution/analysis/rule-refusals.test.ts > a key twice in METADATA',
      'config.test.ts > a key given twice',
    ],
  },
  'hole-policy-errors': {
    source: 'aflock#60',
    sentence: 'A bundle with an error does not build: no rule is silently left out.',
    tests: [
      'distribution/analysis/permission-refusals.test.ts > Rego that does not parse',
      'distribution/analysis/permission-refusals.test.ts > what only the strict compiler refuses',
    ],
  },
  'hole-methods': {
    source: 'wso2/api-platform#2869',
    sentence: 'Every method on every path asks for the credential first.',
    tests: ['control/api.test.ts > is under no other method'],
  },
  'hole-ssrf': {
    source: 'modelcontextprotocol/servers#4143, CVE-2025-65512',
    sentence: 'The gateway goes where its configuration says and follows no redirect.',
    tests: [
      'context/credentials/key-source.test.ts > are not looked for where a redirect points',
      'enforcement/upstream/http/http-transport.test.ts > redirects',
    ],
    limits: ['What a server does with a URL among its arguments is the server’s, and its policy’s.'],
  },
} as const satisfies Record<string, Requirement>;

const PROMISES = {
  'strict-record': {
    source: 'ARCHITECTURE.md: nothing is forwarded without an open record of exactly those bytes',
    sentence: 'Nothing is sent before an allow of exactly those bytes is on disk, and each is sent once.',
    limits: [
      'A server that answers 404 to a session it gave gets the call once more, under the same id: by MCP it has not looked at it.',
      'Strict mode. In buffered mode an allow that needs no audit may be lost within the stated window.',
    ],
  },
  'buffered-loss': {
    source: 'promise: buffered mode says what it loses',
    sentence: 'A buffered record lacks at most the stated window after a kill.',
    tests: [
      'stores/sqlite/kill.test.ts > lacks at most the stated window, and only its end',
      'stores/contract.test.ts > a clean stop loses nothing that was buffered',
    ],
  },
  'orphans-unknown': {
    source: 'promise: ambiguous outcomes are visible',
    sentence: 'Decisions that a killed gateway left open are marked unknown when it starts again.',
    tests: ['stores/contract.test.ts > what a run left open is unknown to the next'],
  },
  chain: {
    source: 'promise: tamper-evident log',
    sentence: 'Entries are chained, and verification names the first that is not what it was.',
    tests: ['stores/sqlite/faults.test.ts > verification names the first bad entry'],
    limits: [
      'There are no signed checkpoints: a tail that was cut off together with its head is not detectable without a noted head.',
    ],
  },
  'no-leftovers': {
    source: 'promise: Ctrl-C and kill leave nothing behind',
    sentence: 'No process, socket or folder outlives the gateway, however it ends.',
    tests: [
      'decision/sidecar/sidecar.test.ts > does not outlive a gateway that is killed',
      'enforcement/upstream/stdio/stdio-transport.test.ts > ends with the gateway, stubborn or not',
    ],
    limits: ['A server over stdio that ignores the end of its input outlives a gateway that is killed.'],
  },
  secrets: {
    source: 'promise: secrets out of the log',
    sentence: 'Masked values, credentials, refused bodies and results are in no file, log or metric.',
    tests: ['record/mask.test.ts > masked values occur nowhere in the stored record'],
    limits: ['A masked value of fewer than four characters is hidden in its own field only.'],
  },
  'one-parse': {
    source: 'promise: decide == execute',
    sentence: 'What parsers read differently is refused; what was decided about is what is sent.',
    tests: [
      'protocol/mcp/exact-bytes.test.ts > within the arguments arrives as it was decided about, or not at all',
      'protocol/json/strict-parse.test.ts > the texts that common parsers disagree about',
    ],
  },
  'untrusted-results': {
    source: 'promise: results are untrusted',
    sentence: 'Results are bounded, and re-framed rather than spliced: the client sees one message for each.',
    tests: [
      'enforcement/upstream/http/http-transport.test.ts > is the one under our id, whatever else goes by',
      'protocol/mcp/session/streams/streams.test.ts > each message is one event of one line, whatever it holds',
    ],
  },
  'tool-identity': {
    source: 'promise: tool identity',
    sentence:
      'Names are matched exactly or not at all: look-alikes, blanks and invisible letters are refused.',
    tests: [
      'protocol/mcp/endpoint.test.ts > a name that only looks like a tool’s is no name of it',
      'protocol/mcp/actions/prompts.test.ts > is refused, recorded and not forwarded',
    ],
    limits: ['A name in another spelling that a server itself lists is that server’s tool.'],
  },
  'server-questions': {
    source: 'contract, section 1: what servers ask of clients',
    sentence:
      'What a server asks of a client is a decision of its own, and reaches the client only when allowed.',
    tests: [
      'protocol/mcp/session/asks.test.ts > reaches no client when policy refuses it, and the server is told that',
      'protocol/mcp/session/asks.test.ts > has each question decided and asked, and each round is a call of its own',
    ],
  },
  'bounded-clients': {
    source: 'promise: results are untrusted; sessions are cheap when abandoned',
    sentence: 'Clients that do not read, leave or are never heard of again cost a bounded amount.',
    tests: [
      'protocol/mcp/session/abandoned.test.ts > ten thousand abandoned sessions are cheap while they last, and leave nothing behind',
      'protocol/mcp/session/streams/streams.test.ts > a client that does not read is cut off, and what it cost is bounded',
      'protocol/mcp/session/streams/streams.test.ts > a stream that nobody resumes in time cancels its call, and one without events at once',
    ],
  },
  'nobody-gets-in': {
    source: 'promise: nobody gets in',
    sentence: 'Every route but the probes asks for a valid credential.',
    tests: ['control/api.test.ts > Object.keys(ROUTES)'],
  },
  'no-token-pass-through': {
    source: 'promise: no token pass-through',
    sentence: 'No credential or header of a client reaches a server.',
    tests: ['protocol/mcp/endpoint.test.ts > takes nothing of the client’s headers along'],
  },
  'identity-headers': {
    source: 'promise: HTTP framing',
    sentence: 'Only the credential says who calls; identity headers of clients say nothing.',
    tests: ['context/authenticate.test.ts > is who its credential says, whatever its other headers say'],
  },
  'input-complete': {
    source: 'contract, section 1',
    sentence: 'An input with a missing or null field outside the arguments is refused.',
    tests: [
      'context/context-of.property.test.ts > an input with any field outside the arguments missing is refused',
      law('input'),
    ],
  },
  'atomic-releases': {
    source: 'promise: policy updates are atomic',
    sentence: 'No call is decided by half a release, and an answer of another release is none.',
    tests: [
      'distribution/active-release.test.ts > answers of a replaced release are accepted until the overlap is over, others never',
    ],
  },
} as const satisfies Record<string, Requirement>;

/** The laws of ARCHITECTURE.md. */
const ARCHITECTURE = {
  'only-allow-forwards': {
    source: 'ARCHITECTURE.md, Laws',
    sentence:
      'Only an allow is forwarded; could not decide means refused; an obligation that cannot be discharged means refused.',
    tests: [
      'enforcement/enforce.test.ts > an allow is forwarded',
      'enforcement/enforce.test.ts > a duty that cannot be discharged refuses the call',
    ],
  },
  'masked-nowhere': {
    source: 'ARCHITECTURE.md, Laws',
    sentence: 'Masked values occur nowhere in the stored record.',
  },
  'hidden-is-absent': {
    source: 'ARCHITECTURE.md, Laws',
    sentence: 'A hidden target is answered exactly like an absent one.',
    tests: [
      'conformance/journeys/hidden.test.ts > is afterwards read by its caller exactly like an absent one',
      'control/decisions/decision-view.test.ts > that was told as an absent tool is viewed in the same words as one',
    ],
  },
  'abort-never-forwards': { source: 'ARCHITECTURE.md, Laws', sentence: 'Abort never forwards.' },
  'release-that-does-not-build': {
    source: 'ARCHITECTURE.md, Laws',
    sentence: 'A release that does not build leaves the one before it deciding.',
    tests: ['distribution/build-release.test.ts > a build stops'],
    limits: [
      'A release is built when the gateway starts, and a running gateway takes no other: one that does not build keeps it from starting.',
    ],
  },
  resolver: {
    source: 'ARCHITECTURE.md, Laws',
    sentence:
      'Order changes nothing, denials only close, overrides only open what they name, others’ bundles and watched rules change nothing, and nothing malformed allows.',
    tests: 'order objection override others presence affirmation watched finding duty total'
      .split(' ')
      .map(law),
  },
  'emptied-entitlements': {
    source: 'ARCHITECTURE.md, Laws',
    sentence: 'Emptying what entitles (groups, classes, capabilities) never turns a denial into an allow.',
    tests: [law('grant')],
    limits: [
      'Shown for the example company’s rules: what another company writes is its own, and `opa test` is where it shows it.',
    ],
  },
} as const satisfies Record<string, Requirement>;

export const REQUIREMENTS = { ...MATRIX, ...HOLES, ...PROMISES, ...ARCHITECTURE };
export type RequirementId = keyof typeof REQUIREMENTS;

/** Says which promises the test that calls it shows. */
export function verifies(..._ids: readonly RequirementId[]): void {}
