import { render } from "preact";
import "uplot/dist/uPlot.min.css";
import { App } from "./app.tsx";
import { watchNotices } from "./notices.ts";
import { watchNumbers } from "./numbers.ts";
import { connect } from "./session.ts";
import "./styles.css";
import { watchRows } from "./task-rows.ts";
import { watchTheme } from "./theme.ts";

watchTheme();
watchNotices();
watchNumbers();
watchRows();
void connect();
const root = document.getElementById("console");
if (root !== null) render(<App />, root);
