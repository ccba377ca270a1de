export { announce } from "./announce.ts";
export { readAnnouncements } from "./read-announcements.ts";
export type { FoundAnnouncement } from "./read-announcements.ts";
