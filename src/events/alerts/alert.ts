/** The events that the gateway itself emits. A workspace gets them through its sinks and by mail. */
export type AlertType =
  | 'sluice.run.failed'
  | 'sluice.run.exhausted'
  | 'sluice.schedule.failed'
  | 'sluice.delivery.failed'
  | 'sluice.listener.refusing'
  | 'sluice.token.expiring'
  | 'sluice.token.revoked'

/** The prefix of the types of events that the gateway itself emits. */
export const SYSTEM_PREFIX = 'sluice.'

export interface AlertError {
  type?: string
  status?: number
  title: string
  /** JSON Pointer of the task that failed. */
  instance?: string
}

/** The details of the latest occurrence in a group. Ids that do not apply are null. */
export interface AlertDetails {
  flowId: string | null
  listenerId: string | null
  runId: string | null
  error: AlertError | null
  /** Only of `sluice.delivery.failed`. */
  sinkId?: string
  eventId?: string
  /** Only of tokens. */
  tokenId?: string
  name?: string
}

/** Occurrences of one type and subject, which are reported together. */
export interface Alert {
  workspaceId: string
  type: AlertType
  /** What the occurrences have in common: the id of a flow, a listener, a sink or the workspace. */
  subject: string
  count: number
  /** When the first of them occurred, in milliseconds since 1970. */
  since: number
  details: AlertDetails
}

/** The type, status, title and place of an error. Its detail is left out, because it may contain text of upstreams. */
export function alertError(problem: {
  type?: string | undefined
  status?: number | undefined
  title?: string | undefined
  instance?: string | undefined
}): AlertError {
  const { type, status, title, instance } = problem
  return {
    ...(type === undefined ? {} : { type }),
    ...(status === undefined ? {} : { status }),
    title: title ?? 'Error',
    ...(instance === undefined ? {} : { instance })
  }
}
