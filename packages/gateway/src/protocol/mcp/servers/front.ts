import type { ListKind } from '@bailiff/contract';
import type { Admitted, Opening } from '../actions/opening.ts';
import type { McpServer } from '../ports.ts';
import type { Reply, RequestContext } from '../request-context.ts';
import type { TaskOwners } from '../session/tasks.ts';

/** What is done otherwise where several servers stand behind one name. */
export interface Front {
  /** The one of them that is called so. */
  find(name: string): McpServer | undefined;
  /** Their lists as one. @throws Failure when none of them has one. */
  answerList(kind: ListKind, context: RequestContext): Promise<Reply>;
  /** Their `tasks/list` as one. @throws Failure `method_refused` where none of them runs tasks. */
  answerTasks(context: RequestContext, owners: TaskOwners): Promise<Reply>;
  /** Which of them a principal may open a conversation with. @throws Failure when nothing could be decided. */
  admit(opening: Opening): Promise<Admitted>;
}
