export { clusterCollector } from "./cluster-collector.ts";
export type { ClusterCollectorPlugin } from "./cluster-collector.ts";
export { clusterMember } from "./cluster-member.ts";
export type { ClusterMemberPlugin, FlushOptions } from "./cluster-member.ts";
export type { MemberChange, OnMember } from "./member-change.ts";
export type { ClusterCollectorOptions, ClusterMemberOptions } from "./options.ts";
