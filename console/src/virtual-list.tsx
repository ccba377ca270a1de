import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

interface VirtualListProps<Item> {
  readonly label: string;
  readonly items: readonly Item[];
  readonly rowHeight: number;
  readonly idOf: (item: Item) => string;
  readonly role: "grid" | "tree";
  /** Draws a row; `props` place and name it, and go onto its outermost element. */
  readonly draw: (item: Item, props: RowProps) => JSX.Element;
  /** Enter, or a double click. */
  readonly onOpen: (item: Item) => void;
  /** A key that the list does not know, at the row it stands on. */
  readonly onKey?: (item: Item, key: string) => void;
}

/** What places a row and says which it is. */
export interface RowProps {
  readonly id: string;
  readonly "aria-rowindex"?: number;
  readonly "aria-selected": boolean;
  readonly class: string;
  readonly style: { readonly top: string; readonly height: string };
  readonly onClick: () => void;
}

const SPARE_ROWS = 8;

/** A list of which only the rows in sight exist. One stop for the tab key; arrows, Page, Home and End move inside. */
export function VirtualList<Item>(props: VirtualListProps<Item>): JSX.Element {
  const { label, items, rowHeight, idOf, role, draw, onOpen, onKey } = props;
  const holder = useRef<HTMLDivElement>(null);
  const [scroll, setScroll] = useState({ top: 0, height: 600 });
  const [current, setCurrent] = useState<string>();

  useEffect(() => {
    const element = holder.current;
    if (element === null) return undefined;
    const measure = (): void => setScroll({ top: element.scrollTop, height: element.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener("scroll", measure, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", measure);
    };
  }, []);

  const at = current === undefined ? -1 : items.findIndex((item) => idOf(item) === current);
  const first = Math.max(Math.floor(scroll.top / rowHeight) - SPARE_ROWS, 0);
  const last = Math.min(Math.ceil((scroll.top + scroll.height) / rowHeight) + SPARE_ROWS, items.length);

  const move = (to: number): void => {
    const index = Math.min(Math.max(to, 0), items.length - 1);
    const item = items[index];
    const element = holder.current;
    if (item === undefined || element === null) return;
    setCurrent(idOf(item));
    const top = index * rowHeight;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + rowHeight > element.scrollTop + element.clientHeight)
      element.scrollTop = top + rowHeight - element.clientHeight;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const page = Math.max(Math.floor(scroll.height / rowHeight) - 1, 1);
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: items.length - 1,
    };
    const to = steps[event.key];
    const item = items[at];
    if (to !== undefined) move(to);
    else if (item === undefined) return;
    else if (event.key === "Enter") onOpen(item);
    else if (event.key === "ArrowLeft" || event.key === "ArrowRight") onKey?.(item, event.key);
    else return;
    event.preventDefault();
  };

  return (
    <div
      class="virtual"
      ref={holder}
      role={role}
      tabIndex={0}
      aria-label={label}
      aria-rowcount={role === "grid" ? items.length : undefined}
      aria-activedescendant={at >= first && at < last ? current : undefined}
      onKeyDown={onKeyDown}
      onFocus={({ target, currentTarget }) => {
        if (target === currentTarget && at === -1) move(first === 0 ? 0 : first + SPARE_ROWS);
      }}
    >
      <div role="presentation" class="virtual-space" style={{ height: `${items.length * rowHeight}px` }}>
        {items.slice(first, last).map((item, offset) => {
          const index = first + offset;
          return draw(item, {
            id: idOf(item),
            ...(role === "grid" ? { "aria-rowindex": index + 1 } : {}),
            "aria-selected": index === at,
            class: index === at ? "row current" : "row",
            style: { top: `${index * rowHeight}px`, height: `${rowHeight}px` },
            onClick: () => setCurrent(idOf(item)),
          });
        })}
      </div>
    </div>
  );
}
