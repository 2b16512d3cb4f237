import { law, type Requirement } from './requirement.ts';

/** Holes that really happened elsewhere. */
export const HOLES = {
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
      'A session, its streams and what its client is asked belong to the principal and route that opened it, are decided anew under another release, and are never guessed.',
    tests: [
      'protocol/mcp/session/sessions.test.ts > goes on under another release, which decides its opening anew once',
      'protocol/mcp/session/sessions.test.ts > ends where another release refuses its principal, before anything is done for it',
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
    sentence:
      'The gateway goes where its configuration says and follows no redirect; what servers name must be https on a public address.',
    tests: [
      'context/credentials/key-source.test.ts > are not looked for where a redirect points',
      'enforcement/upstream/http/http-transport.test.ts > redirects',
      'enforcement/upstream/credentials/guard/guarded-fetch.test.ts > whose name means another address by the next time is looked at each time',
      'enforcement/upstream/credentials/login/log-in.test.ts > that the server names, but the configuration does not, must have a public address',
    ],
    limits: ['What a server does with a URL among its arguments is the server’s, and its policy’s.'],
  },
} as const satisfies Record<string, Requirement>;
