import { httpApi, metricsPage } from "taskscope/http";
import { testPlugin } from "taskscope/testing";
import { describe, test } from "vitest";

describe("metricsPage()", () => {
  testPlugin({ create: () => metricsPage(), test });
});

describe("httpApi()", () => {
  testPlugin({ create: () => httpApi(), test });
});

describe("httpApi() with a server of its own", () => {
  testPlugin({ create: () => httpApi({ listen: { port: 0 } }), test });
});
