import { useState } from 'react'
import { call } from '../../api/call.ts'
import type { Token } from '../../api/types.ts'
import { useAction } from '../../api/use-action.ts'
import { refresh, useRead } from '../../api/use-api.ts'
import { useParam, useQueryText } from '../../lib/navigation.ts'
import { Button, ButtonLink } from '../../ui/Button.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Id } from '../../ui/Id.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Note } from '../../ui/Note.tsx'
import { notify } from '../../ui/notify.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { Split } from '../../ui/Split.tsx'
import { Tabs } from '../../ui/Tabs.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { Time } from '../../ui/Time.tsx'
import { useHeldSecret } from '../../lib/held-secret.ts'
import { LiveCalls } from './LiveCalls.tsx'
import { Refused } from './Refused.tsx'
import { RevokeToken } from './RevokeToken.tsx'
import { Rotation } from './Rotation.tsx'
import { SettingsTab } from './SettingsTab.tsx'
import { ShownOnce } from '../../ui/ShownOnce.tsx'
import { Ends, hasEnded, StateTag, stateOf } from './token-state.tsx'
import { UsageTab } from './UsageTab.tsx'
import { UseIt } from './UseIt.tsx'

const EVERY_MS = 10_000

export default function TokenPage() {
  const id = useParam('id')
  const token = useRead<Token>(`/v1/tokens/${id}`, { every: EVERY_MS })
  return (
    <Loaded query={token} page>
      {(data) => <Details key={data.id} token={data} />}
    </Loaded>
  )
}

function Details({ token }: { token: Token }) {
  const held = useHeldSecret(token.id)
  const [asking, setAsking] = useState(false)
  const rotation = token.replacedBy
    ? { oldId: token.id, newId: token.replacedBy }
    : token.replaces
      ? { oldId: token.replaces, newId: token.id }
      : undefined
  return (
    <>
      <PageHead
        title={token.name}
        parent={{ to: '/tokens', label: 'Tokens' }}
        beside={
          <>
            <StateTag token={token} />
            <Tag>{token.permissions ? 'management' : token.format === 'jwt' ? 'JWT' : 'opaque'}</Tag>
            <Id id={token.id} />
          </>
        }
        about={
          <>
            <code>{token.start}…</code>{' '}
            {!hasEnded(token) && (
              <>
                · ends <Ends token={token} />
              </>
            )}
          </>
        }
        actions={
          !hasEnded(token) && (
            <>
              {!token.replacedBy && <ButtonLink to={`/tokens/${token.id}/rotate`}>Rotate…</ButtonLink>}
              <Button look="danger" onClick={() => setAsking(true)}>
                Revoke…
              </Button>
            </>
          )
        }
      />
      {token.revokedAt && (
        <Note tone="bad">
          Revoked <Time at={token.revokedAt} />
          {token.revokeReason && `: ${token.revokeReason}`}. Calls with it are refused.
        </Note>
      )}
      {token.description && <p className="max-w-[72ch] break-words">{token.description}</p>}
      {stateOf(token) === 'off' && <SwitchedOff token={token} />}
      {held && (
        <ShownOnce
          held={held}
          what="token"
          why="Only a hash of it is kept, so nobody can show it again."
          remedy="rotate"
        />
      )}
      {rotation && <Rotation {...rotation} />}
      <Views token={token} />
      <RevokeToken token={token} open={asking} onClose={() => setAsking(false)} />
    </>
  )
}

/** The note that a token is switched off, with a button that switches it on. */
function SwitchedOff({ token: { id } }: { token: Token }) {
  const switchOn = useAction(async () => {
    await call('PATCH', `/v1/tokens/${id}`, { body: { enabled: true } })
    notify('Token switched on')
    await refresh('/v1/tokens')
  })
  return (
    <>
      <Note
        action={
          <Button pending={switchOn.pending} onClick={() => void switchOn.run()}>
            Switch it on
          </Button>
        }
      >
        It is switched off: calls with it are refused.
      </Note>
      {switchOn.error !== undefined && <ErrorNote error={switchOn.error} />}
    </>
  )
}

function Views({ token }: { token: Token }) {
  const held = useHeldSecret(token.id)
  const [{ tab = 'calls' }, setQuery] = useQueryText()
  // The page of an unused token shows how to use it. Decided once, because the example must not vanish with the first
  // call.
  const [isNew] = useState(() => held !== undefined || token.lastUsedAt === null)
  const calls = <LiveCalls token={token} />
  const useIt = <UseIt token={token} held={held} />
  const settings = { value: 'settings', label: 'Settings', content: <SettingsTab token={token} /> }
  // A management token calls no listener.
  if (token.permissions)
    return <Tabs label="Views of the token" value="settings" tabs={[settings]} onChange={() => undefined} />
  const tabs = [
    {
      value: 'calls',
      label: 'Calls',
      content: isNew ? (
        <Split>
          {useIt}
          {calls}
        </Split>
      ) : (
        calls
      )
    },
    { value: 'refused', label: 'Refused calls', content: <Refused token={token} /> },
    { value: 'usage', label: 'Usage', content: <UsageTab token={token} /> },
    settings,
    { value: 'use', label: 'Use it', content: useIt }
  ]
  const value = tabs.some((view) => view.value === tab) ? tab : 'calls'
  return (
    <Tabs
      label="Views of the token"
      value={value}
      tabs={tabs}
      onChange={(next) => setQuery({ tab: next === 'calls' ? undefined : next })}
    />
  )
}
