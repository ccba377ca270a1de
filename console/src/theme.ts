import { effect, signal } from "@preact/signals";

export const themes = ["auto", "light", "dark"] as const;
/** `auto`: what the system says. */
export type Theme = (typeof themes)[number];

const KEY = "taskscope.theme";
const kept = localStorage.getItem(KEY);

export const theme = signal<Theme>(themes.find((each) => each === kept) ?? "auto");
/** Changes whenever the colours do, whoever changed them. */
export const colours = signal(0);

/** Shows the theme, and keeps it for the next visit. */
export function watchTheme(): void {
  effect(() => {
    document.documentElement.dataset["theme"] = theme.value;
    localStorage.setItem(KEY, theme.value);
    colours.value = colours.peek() + 1;
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => (colours.value += 1));
}
