import type { JSX } from "preact";
import { setToken } from "./api-client.ts";
import { connect } from "./session.ts";

/** Asks for the token that the API wants. */
export function TokenForm(): JSX.Element {
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const field = (event.currentTarget as HTMLFormElement).elements.namedItem("token");
    if (!(field instanceof HTMLInputElement) || field.value === "") return;
    setToken(field.value);
    void connect();
  };
  return (
    <form class="card token" onSubmit={submit}>
      <h1>Permission is needed</h1>
      <p>
        This API takes a token: the one its process passes to <code>httpApi(&#123; token &#125;)</code>. It is
        kept in this tab until you close it. Where <code>authorize</code> decides instead, sign in there and
        load this page again.
      </p>
      <label>
        Token <input name="token" type="password" autocomplete="off" required />
      </label>{" "}
      <button type="submit" class="primary">
        Go on
      </button>
    </form>
  );
}
