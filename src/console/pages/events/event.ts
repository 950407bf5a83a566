import type { Event as ApiEvent } from '../../api/types.ts'

/** An event with the attributes that CloudEvents 1.0 requires, as far as the gateway returns them. */
export interface EmittedEvent extends ApiEvent {
  event: { type?: unknown; source?: unknown } | null
}
