import { call } from '../../api/call.ts'
import { refresh } from '../../api/use-api.ts'
import type { Token, TokenUsage } from '../../api/types.ts'
import { useRead } from '../../api/use-api.ts'
import { Confirm } from '../../ui/Confirm.tsx'
import { notify } from '../../ui/notify.tsx'
import { Time } from '../../ui/Time.tsx'
import { dropSecret } from '../../lib/held-secret.ts'

/** Revokes a token at once. The dialog shows its last use first. */
export function RevokeToken({ token, open, onClose }: { token: Token; open: boolean; onClose: () => void }) {
  return (
    <Confirm
      open={open}
      onClose={onClose}
      title={`Revoke ${token.name}?`}
      action="Revoke token"
      onConfirm={async () => {
        await call('DELETE', `/v1/tokens/${token.id}`)
        dropSecret()
        notify('Token revoked')
        await refresh('/v1/tokens')
      }}
    >
      <p>Calls with it are refused from the next one on. This cannot be undone.</p>
      <LastUse token={token} />
    </Confirm>
  )
}

export function LastUse({ token }: { token: Token }) {
  const { data } = useRead<TokenUsage>(`/v1/tokens/${token.id}/usage`, { query: { days: 1 } })
  const at = data?.lastUsedAt ?? token.lastUsedAt
  const ip = data?.addresses[0]?.ip
  if (!at) return <p>It was never used.</p>
  return (
    <p>
      It was used <Time at={at} />
      {ip && ` from ${ip}`}.
    </p>
  )
}
