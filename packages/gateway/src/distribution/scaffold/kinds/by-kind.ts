import type { BundleSubject } from '../../sources/bundle-name.ts';
import { type DraftedRules, namesOf } from '../draft.ts';
import { complianceDraft } from './compliance.ts';
import { identityDraft, teamIdentityDraft } from './identity.ts';
import { overridesDraft } from './overrides.ts';
import { resourceDraft } from './resource.ts';
import { serverDraft, subagentDraft } from './server.ts';
import { workflowDraft } from './workflow.ts';

/** The example to begin a bundle with; undefined where a bundle of this name would have no say. */
export function draftOf(subject: BundleSubject): DraftedRules | undefined {
  const names = namesOf(subject);
  switch (subject.kind) {
    case 'server':
      return serverDraft(names);
    case 'subagent':
      return subagentDraft(names);
    case 'category':
    case 'team':
      break;
  }
  const isTeam = subject.kind === 'team';
  switch (subject.category) {
    case 'identity':
      return isTeam ? teamIdentityDraft(names) : identityDraft(names);
    case 'resource':
      return resourceDraft(names, { grants: isTeam ? undefined : {} });
    case 'workflow':
      return workflowDraft(names);
    case 'compliance':
      return complianceDraft(names);
    case 'overrides':
      return isTeam ? undefined : overridesDraft(names);
  }
}
