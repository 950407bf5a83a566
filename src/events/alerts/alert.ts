/** The events that the gateway emits by itself. A workspace hears of them by its sinks and by mail. */
export type AlertType =
  | 'sluice.run.failed'
  | 'sluice.run.exhausted'
  | 'sluice.schedule.failed'
  | 'sluice.delivery.failed'
  | 'sluice.listener.refusing'
  | 'sluice.token.expiring'
  | 'sluice.token.revoked'

/** The types of events that the gateway emits by itself begin with it. */
export const SYSTEM_PREFIX = 'sluice.'

export interface AlertError {
  type?: string
  status?: number
  title: string
  /** JSON Pointer of the task that failed. */
  instance?: string
}

/** What an event of the gateway says of the newest happening. Ids that do not apply are null. */
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

/** Happenings of one kind and subject, which are told together. */
export interface Alert {
  workspaceId: string
  type: AlertType
  /** What they have in common: the id of a flow, a listener, a sink, or the workspace. */
  subject: string
  count: number
  /** When the first of them happened, in milliseconds since the epoch. */
  since: number
  details: AlertDetails
}

/** The type, status, title and place of an error: its detail may hold what upstreams said. */
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
