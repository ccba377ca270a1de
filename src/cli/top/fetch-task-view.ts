import type { TaskInfo } from "../../task/index.ts";
import type { ApiClient } from "../remote/api-client.ts";
import { ApiError } from "../remote/api-error.ts";
import type { TaskView } from "./picture.ts";

const MOST_CHILDREN = 100;
const MOST_ANCESTORS = 10;

/** Asks for a task, those that started it and those that it started. Rejects as the client does. */
export async function fetchTaskView(client: ApiClient, id: number, signal: AbortSignal): Promise<TaskView> {
  const [task, children] = await Promise.all([
    fetchTask(client, id, signal),
    client.tasks({ parentId: id, limit: MOST_CHILDREN }, signal),
  ]);
  const ancestors: TaskInfo[] = [];
  let parentId = task?.parentId;
  while (parentId !== undefined && ancestors.length < MOST_ANCESTORS) {
    const parent: TaskInfo | undefined = await fetchTask(client, parentId, signal);
    if (parent === undefined) break;
    ancestors.push(parent);
    parentId = parent.parentId;
  }
  return { id, task, ancestors, children: children.tasks, childTotal: children.total };
}

/** What was asked for; `undefined` where the process does not know it. */
export async function unlessUnknown<Answer>(asked: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ApiError && error.code === "not_found") return undefined;
    throw error;
  }
}

async function fetchTask(client: ApiClient, id: number, signal: AbortSignal): Promise<TaskInfo | undefined> {
  const answer = await unlessUnknown(client.get<{ readonly task: TaskInfo }>(`/tasks/${id}`, {}, signal));
  return answer?.task;
}
