import {
  type Files,
  type SampleRelease,
  sampleRelease,
} from '../../../../distribution/testing/sample-release.ts';

/** Tests that show each rule of the sample both ways. */
export const TESTS: Files = {
  'identity/identity_test.rego': `package policy.identity_test

import data.policy.identity

test_a_registered_agent_may_act if "agent_known" in identity.allow with input.agent.id as "bot"

test_everything_is_within_reach if identity.capabilities.servers == ["*"]

test_another_may_not if not "agent_known" in identity.allow with input.agent.id as "stranger"
`,
  'resource/resource_test.rego': `package policy.resource_test

import data.policy.resource

reading := {"agent": {"scope": "support"}, "action": {"tool": "crm.read"}}

test_support_may_read if resource.allow == {"tool_granted"} with input as reading

test_others_may_not if resource.allow == set() with input as reading with input.agent.scope as "sales"
`,
  'servers/crm/crm_test.rego': `package servers.crm_test

import data.servers.crm

test_deletions_ask if "delete" in crm.require_approval with input.action.tool_name as "delete"

test_others_do_not if count(crm.require_approval) == 0 with input.action.tool_name as "read"
`,
};

/** The sample with tests that show everything, changed as `files` says. */
export function testedSample(files: Files = {}): Promise<SampleRelease> {
  return sampleRelease({ ...TESTS, ...files });
}
