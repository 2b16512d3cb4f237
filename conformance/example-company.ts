import { fileURLToPath } from 'node:url';
import type { ActionType, JsonObject, Principal, Release } from '@bailiff/contract';
import { classesOf, dataClassSources } from '../packages/gateway/src/context/data-classes.ts';
import { agentOf, userOf } from '../packages/gateway/src/context/principal-facts.ts';
import { targetFacts } from '../packages/gateway/src/context/target-facts.ts';
import { opaExecutable } from '../packages/gateway/src/decision/testing/opa.ts';
import { buildRelease } from '../packages/gateway/src/distribution/build-release.ts';
import { completeInput, merged, objectIn } from './default-input.ts';
import { KERNEL } from './kernel-files.ts';

/** The example company’s release, built as it ships. */
export async function exampleRelease(): Promise<Release> {
  const directory = fileURLToPath(new URL('../examples/acme/policy', import.meta.url));
  return (await buildRelease({ opa: opaExecutable(), directory, kernel: KERNEL })).release;
}

/** `short` completed with what the company’s directory and catalogue say of agent, user and target, as the gateway does. */
export function completeForCompany(short: JsonObject, release: Release): JsonObject {
  const defaults = completeInput(short);
  const [agent, user, action] = [
    objectIn(defaults, 'agent'),
    objectIn(defaults, 'user'),
    objectIn(defaults, 'action'),
  ];
  const agentId = String(agent.id);
  const principal: Principal = {
    agentId,
    agentVersion: release.directory.agents[agentId]?.versions[0] ?? 'unknown',
    chain: [],
    userId: String(user.id),
    authMethod: 'jwt',
    credentialId: '',
    issuer: '',
    permissions: new Set(),
    conversation: '',
  };
  const target = objectIn(action, 'target') as unknown as Parameters<typeof targetFacts>[1]['target'];
  const named = { target, server: String(action.server), toolName: String(action.tool_name) };
  const facts = targetFacts(release.catalogue, named);
  const sources = dataClassSources({
    type: String(action.type) as ActionType,
    facts,
    args: objectIn(action, 'args'),
    seen: [],
    given: [],
  });
  const company = {
    agent: agentOf(principal, release),
    user: userOf(principal, release),
    action: {
      effects: facts.effects,
      blast_radius: facts.blastRadius,
      data_classes_referenced: classesOf(sources),
    },
  };
  return merged(merged(defaults, company as unknown as JsonObject), short);
}
