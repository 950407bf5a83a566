/**
 * The longest chain of flows that start each other by `emit`, or by `run: workflow` without waiting. A longer one is
 * a loop.
 */
export const HOPS_MAX = 8
