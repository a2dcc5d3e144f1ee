/** Everything accepted from an extension has a limit, and it stands here (docs/protocol.md, section 9). */
export const limits = {
  nodesPerView: 20_000,
  depth: 64,
  operationsPerBatch: 10_000,
  stringBytes: 64 * 1024,
  idLength: 128,
  eventsPerNode: 32,
  windowRows: 1_000,
  requestDeadlineMs: 30_000,
  pendingRequests: 256,
  notifications: 5,
} as const;
