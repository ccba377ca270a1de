/** A hook with the plugin that it belongs to. */
export interface Owned<H> {
  readonly owner: { readonly plugin: { readonly name: string } };
  readonly hook: H;
}
