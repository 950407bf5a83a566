import { Type } from 'typebox'
import { MAX_ID_CHARS } from '../platform/jws/limits.ts'
import { SECRET_NAME } from '../secrets/secret.ts'

/** An id in a path. The route answers 404 for an id that does not exist; the router rejects longer ones. */
const Id = Type.String({ maxLength: MAX_ID_CHARS })

// A path parameter is named after what it identifies, the same in every route.
export const AccountParams = Type.Object({ accountId: Id })
export const ActionParams = Type.Object({ actionId: Id })
export const EventParams = Type.Object({ eventId: Id })
export const FlowParams = Type.Object({ flowId: Id })
/** The code is the credential. */
export const LinkParams = Type.Object({ code: Id })
/** A workspace by its slug; what follows is the path of a listener. */
export const CallPathParams = Type.Object({
  slug: Id,
  '*': Type.String({ description: 'The path of a listener, of one segment or more' })
})
export const ListenerParams = Type.Object({ listenerId: Id })
export const RunParams = Type.Object({ runId: Id })
export const SessionParams = Type.Object({ sessionId: Id })
export const TokenParams = Type.Object({ tokenId: Id })
export const WorkspaceParams = Type.Object({ workspaceId: Id })

export const CustomerParams = Type.Object({
  workspaceId: Id,
  customerId: Type.String({
    maxLength: MAX_ID_CHARS,
    description: "The customer's id in Sluice, or the id that the customer's back end uses"
  })
})
export const InvitationParams = Type.Object({ workspaceId: Id, invitationId: Id })
export const MemberParams = Type.Object({ workspaceId: Id, accountId: Id })
export const PublicKeyParams = Type.Object({ workspaceId: Id, keyId: Id })
export const SinkParams = Type.Object({ workspaceId: Id, sinkId: Id })
/** Any text that could name an existing secret. */
export const SecretParams = Type.Object({ workspaceId: Id, name: Id })
/** The name of a secret that the call may create. */
export const NewSecretParams = Type.Object({ workspaceId: Id, name: Type.String({ pattern: SECRET_NAME.source }) })
