import { parseDocument } from "yaml";

/** The Alertmanager configuration with the receivers of a user: one webhook for all, or none yet. */
export function fitAlertmanager(text: string, webhookUrl: string | undefined): string {
  const about =
    webhookUrl === undefined
      ? "# RECEIVERS: none of the three has an address yet, so nobody is told. Put in your chat, your pager and your dead man's\n" +
        "# switch (https://prometheus.io/docs/alerting/latest/configuration/#receiver), or run init with --webhook-url.\n"
      : "# RECEIVERS: all three post to one webhook. Better give each its own: your chat, your pager, your dead man's switch.\n";
  const head = `# Where the alerts of taskscope.rules.yml go: grouping, routing and inhibition are ready.\n${about}`;
  const file = parseDocument(text.replace(/^(?:#.*\n)+/, head));
  const receivers = ["notify", "page", "watchdog"].map((name) =>
    webhookUrl === undefined
      ? { name }
      : { name, webhook_configs: [{ url: webhookUrl, send_resolved: name !== "watchdog" }] },
  );
  file.set("receivers", file.createNode(receivers));
  return file.toString({ lineWidth: 0, flowCollectionPadding: false });
}
