import { law, type Requirement } from './requirement.ts';

/** What is promised beside the matrix. */
export const PROMISES = {
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
      'conformance/exact-bytes/exact-bytes.test.ts > what was decided about is what arrives, as every parser reads it, or nothing does:',
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
      'protocol/mcp/stateless/parked-calls.test.ts > all together park so many calls and no more',
      'protocol/mcp/session/streams/streams.test.ts > a client that does not read is cut off, and what it cost is bounded',
      'protocol/mcp/session/streams/streams.test.ts > a stream that nobody resumes in time cancels its call, and one without events at once',
    ],
  },
  'speaks-the-protocol': {
    source: 'MCP 2025-06-18, 2025-11-25, 2026-07-28 and their conformance suites',
    sentence:
      'Clients and servers of every revision lose nothing through the gateway but what is listed with its reason.',
    tests: [
      'conformance/front-door/conformance.test.ts > loses nothing of %s but what is listed with its reason',
      'conformance/front-door/as-client/as-client.test.ts > wants of a client but what is listed with its reason',
      'conformance/front-door/clients.test.ts > lists fewer tools than the server has, is allowed a call and refused one with a reason',
    ],
    limits: ['What is lost stands in `conformance/front-door/expected-losses.yaml`.'],
  },
  'nobody-gets-in': {
    source: 'promise: nobody gets in',
    sentence: 'Every route but the probes asks for a valid credential.',
    tests: ['control/api.test.ts > Object.keys(ROUTES)'],
  },
  'no-token-pass-through': {
    source: 'promise: no token pass-through',
    sentence: 'No credential or header of a client reaches a server.',
    tests: [
      'protocol/mcp/endpoint.test.ts > takes nothing of the client’s headers along',
      'enforcement/upstream/credentials/through-upstreams.test.ts > what a caller came in with is exchanged, and no part of it is ever seen by the server',
    ],
  },
  'oauth-logins': {
    source: 'OAuth 2.1, RFC 7636, RFC 8707, RFC 9207; mix-up attacks',
    sentence:
      'A login is answered once, by the issuer that was asked, under its state and PKCE; a token is for one server, and a client registered at one issuer is shown to no other.',
    tests: [
      'enforcement/upstream/credentials/login/log-in.test.ts > asks with PKCE S256, a state, the resource and an exact loopback address',
      'enforcement/upstream/credentials/login/log-in.test.ts > of an issuer that differs in a slash',
      'enforcement/upstream/credentials/login/log-in.test.ts > with another state, none, or two is turned away',
      'enforcement/upstream/credentials/login/log-in.test.ts > counts once: the same one again is turned away',
      'enforcement/upstream/credentials/login/log-in.test.ts > is keyed to its issuer: a client registered at one is never shown to another',
    ],
  },
  'header-equals-body': {
    source: 'MCP 2026-07-28, SEP-2243',
    sentence:
      'Headers that repeat what the body says are held against it and never believed; towards servers they are made of the very bytes that are sent.',
    tests: [
      'protocol/mcp/stateless/stateless-door.test.ts > are held against them, and a call that they belie is not made',
      'protocol/mcp/stateless/stateless-door.test.ts > a header given twice, which another reader would read otherwise',
      'enforcement/upstream/http/stateless-wire.test.ts > is called with headers that say what the body says',
    ],
  },
  'sealed-state': {
    source: 'MCP 2026-07-28, SEP-2322',
    sentence:
      'What a client brings back to go on with a call opens for that call and its principal only, in time, unchanged, and where a call waits for it once; the retry is decided anew.',
    tests: [
      'protocol/mcp/stateless/sealed-state.test.ts > no bit of what the text stands for can be changed',
      'protocol/mcp/stateless/sealed-state.test.ts > it opens in its last millisecond and never after',
      'protocol/mcp/stateless/interruptions.test.ts > a state is used once',
      'protocol/mcp/stateless/interruptions.test.ts > of many who bring it at once, one is answered',
      'protocol/mcp/stateless/interruptions.test.ts > the question is decided and handed on; the retry is decided anew',
    ],
    limits: [
      'The state of a server without sessions may be brought more than once, as its server lets it; each time is a call that is decided.',
    ],
  },
  framing: {
    source: 'promise: HTTP framing',
    sentence:
      'A request that two readers could take for two different ones, or for two requests, is refused and its connection closed; each request has one answer.',
    tests: [
      'conformance/framing/heads.test.ts > a head that another reader could read otherwise is refused',
      'conformance/framing/bodies.test.ts > a body with two ends, or none that is sure, is refused',
      'conformance/framing/bodies.test.ts > chunks that another reader could cut elsewhere are refused',
      'conformance/framing/bodies.test.ts > a request within the body of another',
      'conformance/framing/bodies.test.ts > are answered in their order, each once',
    ],
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
