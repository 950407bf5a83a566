import { Type } from 'typebox'
import { SINK_TYPES_MAX, SINK_URL_MAX_CHARS } from '../../events/sinks/sink.ts'
import { TYPE_PATTERN } from '../../events/sinks/types.ts'
import { SECRET_OVERLAP_MAX_SECONDS } from '../../workspaces/rotate-secret.ts'
import { Closed, Nullable, Time } from '../schemas.ts'

const Url = Type.String({ minLength: 1, maxLength: SINK_URL_MAX_CHARS })
const Types = Type.Array(Type.String({ minLength: 1, maxLength: 255, pattern: TYPE_PATTERN }), {
  maxItems: SINK_TYPES_MAX,
  uniqueItems: true,
  description: 'The types that the sink receives: `order.placed`, or `order.*` for all below it. Empty = every type'
})
const Enabled = Type.Boolean({
  description: 'Whether events are delivered. Events that are emitted while it is off are not delivered later'
})
const Secret = Type.String({
  description: '`whsec_` and base64: verifies signatures (Standard Webhooks). Shown in this answer and never again'
})

const sinkFields = { id: Type.String(), url: Type.String(), types: Types, enabled: Enabled, createdAt: Time }
export const SinkSchema = Type.Object(sinkFields, { $id: 'EventSink' })
export const NewSinkSchema = Type.Object({ ...sinkFields, secret: Secret }, { $id: 'NewEventSink' })
export const RotatedSchema = Type.Object(
  {
    secret: Secret,
    overlapEndsAt: Nullable({ ...Time, description: 'Until when deliveries are signed with the previous secret too' })
  },
  { $id: 'RotatedEventSinkSecret' }
)

export const FirstSinkBody = Closed({ url: Url }, { examples: [{ url: 'https://example.com/events' }] })
export const NewSinkBody = Closed(
  { url: Url, types: Type.Optional(Types), enabled: Type.Optional(Enabled) },
  { examples: [{ url: 'https://example.com/events', types: ['com.example.order.*', 'sluice.run.failed'] }] }
)
export const ChangeBody = Closed(
  { url: Type.Optional(Url), types: Type.Optional(Types), enabled: Type.Optional(Enabled) },
  { examples: [{ enabled: false }] }
)
export const RotationBody = Type.Optional(
  Closed(
    {
      overlapSeconds: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: SECRET_OVERLAP_MAX_SECONDS,
          default: 0,
          description: 'How long deliveries are signed with both secrets; 0 = with the new one alone from now on'
        })
      )
    },
    { examples: [{ overlapSeconds: 86_400 }] }
  )
)
