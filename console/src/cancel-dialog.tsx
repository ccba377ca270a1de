import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { post } from "./api-client.ts";
import type { Task } from "./api-types.ts";

interface CancelDialogProps {
  readonly task: Task;
  readonly onAnswer: (now: Task) => void;
  readonly onClose: () => void;
}

/** Asks before a task is asked to stop. */
export function CancelDialog({ task, onAnswer, onClose }: CancelDialogProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const reason = useSignal("");
  const problem = useSignal("");
  useEffect(() => dialog.current?.showModal(), []);
  const cancel = async (event: Event): Promise<void> => {
    event.preventDefault();
    try {
      const body = reason.value === "" ? {} : { reason: reason.value };
      const { task: now } = await post<{ task: Task }>(`tasks/${task.id}/cancel`, body);
      onAnswer(now);
      onClose();
    } catch (error) {
      problem.value = error instanceof Error ? error.message : "The server does not answer";
    }
  };
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="cancel-title">
      <form onSubmit={(event) => void cancel(event)}>
        <h2 id="cancel-title">Cancel {task.name}?</h2>
        <p>
          {task.managed
            ? "It ends now, and its children with it."
            : "It is only observed: it is asked to stop, and ends when its code does."}
        </p>
        <label>
          Reason, for those who ask later{" "}
          <input
            name="reason"
            maxLength={1_024}
            value={reason.value}
            onInput={({ currentTarget }) => (reason.value = currentTarget.value)}
          />
        </label>
        {problem.value !== "" && (
          <p class="banner bad" role="alert">
            {problem.value}
          </p>
        )}
        <p class="buttons">
          <button type="button" onClick={onClose}>
            Keep it
          </button>
          <button type="submit" class="danger">
            Cancel the task
          </button>
        </p>
      </form>
    </dialog>
  );
}
