/** The contract: schemas of the public interface. Every type is inferred from here. Browser-safe. */
export {
  Alternative,
  Answer,
  AnswerMetadata,
  Audit,
  CandidateDecision,
  type Denial,
  DeniedScope,
  EngineName,
  KernelAnswer,
  KernelFailure,
  KernelMetadata,
  MatchedRule,
  type Outcome,
  RateLimit,
  UNUSABLE_ROW,
  UsedOverride,
  VisibleAnswer,
  WatchedAnswer,
} from './answer.ts';
export { Approval, ApprovalRequest, ApprovalScope } from './approval.ts';
export { BundleOrigin, BundleRegistration, Rollout, TrustedKey } from './bundle-registry.ts';
export type {
  Call,
  CallChannel,
  CallContext,
  ClientCapabilities,
  Conversation,
  Decision,
  EnforcementResult,
  Era,
  Forwarded,
  GivenFacts,
  Governed,
  ListCall,
  ListContext,
  ListDecision,
  Listening,
  ListKind,
  Permission,
  Principal,
  Refusal,
  ServerDescription,
  ServerNotification,
  ServerQuestion,
  ServerReply,
  Subscription,
} from './call.ts';
export { PERMISSIONS } from './call.ts';
export { CaseAnswer, CaseFile, CaseInput, PolicyCase } from './case-file.ts';
export {
  AGENTS_SERVER,
  ArgumentClasses,
  Catalogue,
  CatalogueModel,
  CatalogueResource,
  CatalogueServer,
  CatalogueSubagent,
  CatalogueTool,
  Directory,
} from './catalogue.ts';
export { CLIENT_INFO } from './client-info.ts';
export {
  ApiKeyConfiguration,
  Configuration,
  FromEnvironment,
  IssuerConfiguration,
  ServerConfiguration,
  ServerName,
} from './configuration.ts';
export {
  CORPUS_LIMITS,
  CORPUS_SCHEMA,
  CorpusCase,
  CorpusExpectation,
  CorpusHeader,
  CorpusLine,
} from './corpus.ts';
export { CredentialConfiguration } from './credential.ts';
export { AskedAction, DecisionRequest } from './decision-request.ts';
export {
  FAILURES,
  Failure,
  type FailureCode,
  failureOf,
  type Problem,
  toProblem,
  toRpcError,
} from './failure.ts';
export {
  Action,
  ActionType,
  Agent,
  BudgetUsage,
  Candidate,
  CHAIN_MAX,
  Context,
  Environment,
  INPUT_SCHEMA,
  Input,
  InputApproval,
  ListInput,
  NO_USER,
  Phase,
  Result,
  Session,
  Target,
  TargetKind,
  User,
  Weekday,
} from './input.ts';
export { ByteText } from './json-bytes/byte-text.ts';
export {
  LARGE_BYTES_MIN,
  type LargeAnswer,
  type LargeMember,
  LargeResult,
  readLargeAnswer,
} from './json-bytes/large-result.ts';
export {
  endOfJsonString,
  type ItemSpan,
  itemSpans,
  type MemberSpan,
  memberSpans,
  SPAN_DEPTH_MAX,
} from './json-text.ts';
export { isLogLevel, isSevereEnough, LOG_LEVELS, type LogLevel } from './log-level.ts';
export { namedParameterOf, nameHeaderOf } from './mirrored-name.ts';
export {
  AllowOnlyObligation,
  AuditObligation,
  LimitObligation,
  MaskObligation,
  MaskStrategy,
  NotifyObligation,
  Obligation,
  TagObligation,
} from './obligation.ts';
export { ActiveOverride, OVERRIDE_LIMITS, Override, OverrideScope } from './override.ts';
export { AgentPackage, PackageManifest, ServerPackage } from './package-manifest.ts';
export {
  argumentAt,
  type ParameterHeader,
  type ParameterHeaders,
  parameterHeadersOf,
} from './parameter-headers.ts';
export { holderKey, ownConversationKey, principalKey } from './principal-key.ts';
export {
  GATEWAY_REASONS,
  type GatewayReason,
  KERNEL_FAILURES,
  KERNEL_REASONS,
  type KernelReason,
} from './reason.ts';
export {
  DataClassSource,
  DecisionEntry,
  OutcomeEntry,
  OutcomeResult,
  RECORD_SCHEMA,
  RecordEntry,
  RecordedPrincipal,
  RefusalEntry,
  StageLatency,
} from './record.ts';
export {
  BundleLevel,
  BundleManifest,
  CATEGORIES,
  Category,
  Launch,
  Registered,
  type Release,
  ReleaseData,
  ReleaseManifest,
  ReleaseNote,
  type ReleaseRule,
  ToolPins,
} from './release.ts';
export {
  Activation,
  DataDifference,
  RegoDifference,
  ReleaseDifference,
  ReleaseDifferenceDocument,
  ReleaseList,
  ReleaseStatus,
  ReleaseStep,
  StoredReleaseDocument,
} from './release-documents.ts';
export {
  CatalogueEntry,
  Location,
  RuleAnnotation,
  RuleCanary,
  RuleKind,
  RuleMode,
  Suggestion,
  TakenRule,
} from './rule.ts';
export { isQuestionMethod, QUESTION_ABILITIES, QUESTION_TIMEOUT_MS } from './server-question.ts';
export { META_KEYS, statelessMeta } from './stateless-meta.ts';
export { MEMBERS_MAX, parseStrictText, unparseableJson } from './strict-json.ts';
export {
  BlastRadius,
  CODE_PATTERN,
  Count,
  Digest,
  Effect,
  type Json,
  type JsonObject,
  JsonValue,
  NAME_PATTERN,
  Name,
  Severity,
  Timestamp,
} from './values.ts';
