/** What a label says of all that has no place of its own, wherever the number of names is bounded. */
export const OTHER_NAME = "__other__";
