import type { ComponentChildren, JSX } from "preact";
import { useEffect } from "preact/hooks";
import { AlertList } from "./alert-list.tsx";
import { formatTime } from "./format.ts";
import { alerts } from "./numbers.ts";
import { Overview } from "./overview.tsx";
import { goTo, place } from "./router.ts";
import { connect, link, paused, setPaused } from "./session.ts";
import { TaskDetail } from "./task-detail.tsx";
import { TaskList } from "./task-list.tsx";
import { theme, themes } from "./theme.ts";
import { TokenForm } from "./token-form.tsx";
import { TreeView } from "./tree-view.tsx";
import { warningCount, Warnings } from "./warnings.tsx";

const views = [
  ["overview", "Overview"],
  ["tasks", "Tasks"],
  ["tree", "Tree"],
  ["warnings", "Warnings"],
  ["alerts", "Alerts"],
] as const;

/** The page: what is where, and whether what is shown is live. */
export function App(): JSX.Element {
  useEffect(() => {
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  const { view, id } = place.value;
  return (
    <>
      <a class="skip" href="#main" onClick={skipToMain}>
        Skip to the content
      </a>
      <header class="top">
        <span class="brand">taskscope</span>
        <nav aria-label="Views">
          {views.map(([path, title]) => (
            <a href={`#/${path}`} aria-current={view === path ? "page" : undefined} key={path}>
              {title}
              <Badge view={path} />
            </a>
          ))}
        </nav>
        <div class="controls">
          <LinkState />
          <button
            type="button"
            class="pause"
            aria-pressed={paused.value}
            title="Stops what is shown, not what runs (p)"
            onClick={() => setPaused(!paused.value)}
          >
            {paused.value ? "Resume" : "Pause"}
          </button>
          <select
            aria-label="Colours"
            value={theme.value}
            onChange={({ currentTarget }) => {
              theme.value = themes.find((each) => each === currentTarget.value) ?? "auto";
            }}
          >
            {themes.map((each) => (
              <option key={each} value={each}>
                {each}
              </option>
            ))}
          </select>
        </div>
      </header>
      <LinkTrouble />
      <main id="main" tabIndex={-1}>
        {link.value.state === "denied" ? (
          <TokenForm />
        ) : (
          <>
            {id === undefined && <h1 class="sr-only">{titleOf(view)}</h1>}
            <View view={view} id={id} />
          </>
        )}
      </main>
    </>
  );
}

function View({ view, id }: { readonly view: string; readonly id: number | undefined }): JSX.Element {
  switch (view) {
    case "overview":
      return <Overview />;
    case "tasks":
      return id === undefined ? <TaskList /> : <TaskDetail id={id} key={id} />;
    case "tree":
      return <TreeView />;
    case "warnings":
      return <Warnings />;
    case "alerts":
      return <AlertList />;
    default:
      return (
        <p class="empty">
          There is nothing here. <a href="#/overview">Go to the overview</a>.
        </p>
      );
  }
}

/** What the page is headed for those who hear it, or leap from head to head. A task heads its own. */
function titleOf(view: string): string {
  return views.find(([path]) => path === view)?.[1] ?? "Nothing here";
}

function Badge({ view }: { readonly view: string }): JSX.Element | null {
  const firing = alerts.value?.alerts.filter(({ state }) => state === "firing").length ?? 0;
  const count = view === "warnings" ? warningCount.value : view === "alerts" ? firing : 0;
  return count === 0 ? null : (
    <span class="badge" data-count={count}>
      {count > 99 ? "99+" : count}
    </span>
  );
}

function LinkState(): JSX.Element {
  const { state } = link.value;
  const shown = paused.value && state === "live" ? "paused" : state;
  return (
    <span class={`link-state ${shown}`} role="status">
      {
        {
          connecting: "connecting…",
          live: "live",
          paused: "paused",
          lost: "reconnecting…",
          denied: "no access",
        }[shown]
      }
    </span>
  );
}

function LinkTrouble(): JSX.Element | null {
  const { value } = link;
  if (value.state === "lost")
    return (
      <Banner kind="bad">
        The server has not answered since {formatTime(value.sinceMs)}: {value.why}. What you see is from
        before. The page goes on by itself when the process is back.{" "}
        <button type="button" onClick={() => void connect()}>
          Try now
        </button>
      </Banner>
    );
  if (!paused.value) return null;
  return (
    <Banner kind="note">
      Paused: what you see stands still, the tasks go on.{" "}
      <button type="button" onClick={() => setPaused(false)}>
        Resume
      </button>
    </Banner>
  );
}

function Banner({
  kind,
  children,
}: {
  readonly kind: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <div class={`banner ${kind}`} role="alert">
      {children}
    </div>
  );
}

function skipToMain(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

function onKey(event: KeyboardEvent): void {
  const { target } = event;
  const isTyping = target instanceof HTMLElement && target.matches("input, select, textarea, dialog *");
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "p") setPaused(!paused.value);
  else if (event.key === "/") {
    event.preventDefault();
    if (place.value.view !== "tasks" || place.value.id !== undefined) goTo("tasks");
    setTimeout(() => document.querySelector<HTMLElement>("input[type=search]")?.focus(), 50);
  }
}
