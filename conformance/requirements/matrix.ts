import type { Requirement } from './requirement.ts';

/**
 * The fail-closed matrix for MCP over HTTP and over stdio. Rows that are not listed concern what does not exist here: budgets
 * and approvals.
 */
export const MATRIX = {
  'matrix-1': {
    source: 'fail-closed matrix, row 1: OPA does not run or refuses',
    sentence:
      'Where OPA decides, calls are denied as policy_unavailable and the gateway is not ready until OPA is back. Where the embedded engine does, decisions go on and readiness and metrics tell that OPA is gone; a release that was never compared with OPA decides nothing.',
    tests: [
      'decision/sidecar/sidecar.test.ts > fails with a reason while it is dead',
      'decision/auto-engine.test.ts > is decided by without OPA, whose state is told beside',
      'composition/engine/admission.test.ts > is not compared anew after a restart, also without an OPA that could be asked',
    ],
    limits: [
      'By default (`auto`) OPA decides until the release was compared with it, a few seconds after a first start.',
    ],
  },
  'matrix-2': {
    source: 'fail-closed matrix, row 2: OPA accepts and never answers, or sends a byte a second',
    sentence:
      'Where OPA decides, calls are denied at the deadline, and no connection leaks; where the embedded engine does, nobody waits for OPA.',
    tests: ['decision/fail-closed.test.ts > it accepts and never answers'],
  },
  'matrix-3': {
    source: 'fail-closed matrix, row 3: 500, HTML, truncated or endless JSON',
    sentence:
      'Where OPA decides, calls are denied as policy_unavailable, and the record names a malformed answer; beside the embedded engine such an answer says nothing.',
    tests: ['decision/sidecar/opa-client.test.ts > 100 MB of JSON are refused long before their end'],
    limits: [
      'Where an engine answered but not usably, the client of a tool call gets a JSON-RPC error with policy_unavailable; the precise reason stands in the record only.',
    ],
  },
  'matrix-4': {
    source: 'fail-closed matrix, row 4: undefined and results of another shape',
    sentence:
      'Only an answer of the exact shape allows, and only if it says true. Where OPA answers otherwise than the embedded engine, that release is the embedded engine’s no more.',
    tests: [
      'decision/auto-engine.test.ts > that OPA decides otherwise demotes the release, told once',
      'composition/engine/admission.test.ts > that no trial met is found out by a sample, and stays out after a restart',
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
  },
  'matrix-7': {
    source: 'fail-closed matrix, row 7: OPA has no bundle, or another release’s',
    sentence: 'Calls are denied until OPA answers with the active release.',
    tests: ['decision/decide.test.ts > without a bundle nothing is allowed until there is one'],
  },
  'matrix-8': {
    source:
      'fail-closed matrix, row 8: a bundle that is truncated, a gzip bomb, unsigned, by a wrong or expired key, changed by a byte in any file, or older',
    sentence:
      'The last good one goes on deciding, log, metric and status name the bundle and why, and an older revision is taken only where somebody asks for it. What cannot be known to be current is refused after its `max_staleness_seconds`.',
    tests: [
      'distribution/parts/verify-part.test.ts > every byte of every file flipped',
      'distribution/delivery/fetched-parts.test.ts > an older version is refused',
      'distribution/delivery/delivery.test.ts > goes out, and one that is broken is held back alone',
      'stores/release-files.test.ts > a release that was cut or changed anywhere is no release',
    ],
    limits: [
      'A key that is no longer trusted keeps its bundle’s next version out; what it signed before and is in force stays until it is rolled back or replaced.',
    ],
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
      'The embedded engine decides without a pause in which a client could be seen to leave: what is shown of that is shown of OPA.',
      'A call whose client leaves while it is decided is recorded as denied for evaluation_timeout, with the outcome client_gone.',
    ],
  },
  'matrix-14': {
    source: 'fail-closed matrix, row 14: the clock jumps',
    sentence:
      'Waits and expiries that are ours go on, and entries are in their order whatever the clock says.',
    tests: [
      'context/conversations.test.ts > a clock that is set back forgets nothing and counts no negative age',
    ],
    limits: ['There are no approvals that could be revived.'],
  },
  'matrix-15': {
    source: 'fail-closed matrix, row 15: SIGKILL at a random instant under load',
    sentence: 'Acknowledged decisions are there once, calls that arrived have their allow, the chain holds.',
    tests: ['stores/sqlite/kill.test.ts > after SIGKILL at'],
    limits: [
      '100 kills in the suite, 1,000 with BAILIFF_KILLS=1000. Power loss is not shown: a killed process keeps the kernel’s pages.',
    ],
  },
  'matrix-16': {
    source: 'fail-closed matrix, row 16: a write or fsync fails, whichever it is',
    sentence:
      'The call that waited for it is refused, or written anew before it is forwarded; the next one is well.',
    tests: ['stores/sqlite/faults.test.ts > an fsync that fails'],
    limits: ['Needs strace; where it is missing the tests are skipped and named.'],
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
