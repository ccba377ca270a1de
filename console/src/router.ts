import { computed, signal } from "@preact/signals";

/** A place in the console: `#/tasks/12` is `{ view: "tasks", id: 12 }`. */
export interface Place {
  readonly view: string;
  readonly id: number | undefined;
}

const hash = signal(location.hash);
addEventListener("hashchange", () => (hash.value = location.hash));

export const place = computed((): Place => {
  const [, view = "", id = ""] = hash.value.split("/");
  return { view: view === "" ? "overview" : view, id: /^\d{1,15}$/.test(id) ? Number(id) : undefined };
});

export function goTo(path: string): void {
  location.hash = `#/${path}`;
}
