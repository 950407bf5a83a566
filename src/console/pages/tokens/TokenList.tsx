import { useCallback, useState } from 'react'
import { call } from '../../api/call.ts'
import type { Page, Token } from '../../api/types.ts'
import { refresh, useList, useRead } from '../../api/use-api.ts'
import { useQueryText } from '../../lib/navigation.ts'
import { plural } from '../../lib/plural.ts'
import { relativeTime } from '../../lib/time.ts'
import { Button, ButtonLink } from '../../ui/Button.tsx'
import { Confirm } from '../../ui/Confirm.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { FilterButtons } from '../../ui/FilterButtons.tsx'
import { Note } from '../../ui/Note.tsx'
import { notify } from '../../ui/notify.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { SearchField } from '../../ui/SearchField.tsx'
import { Table } from '../../ui/Table.tsx'
import { useTokenColumns } from './columns.tsx'
import { ENDING_DAYS, endsSoon, hasEnded } from './token-state.tsx'

const TOKENS = '/v1/tokens'
const NOTE_SIZE = 200

const STATES = [
  { value: 'live', label: 'Live' },
  { value: 'ending', label: 'Ending soon' },
  { value: 'expired', label: 'Expired' },
  { value: 'revoked', label: 'Revoked' }
]

export default function TokenList() {
  const [{ q = '', state = 'live' }, setQuery] = useQueryText()
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const [asking, setAsking] = useState(false)
  const rows = useList<Token>(TOKENS, { query: { q, ...(state === 'ending' ? { expiring: ENDING_DAYS } : { state }) } })
  const ending = useRead<Page<Token>>(TOKENS, { query: { expiring: ENDING_DAYS, limit: NOTE_SIZE } })
  const columns = useTokenColumns()
  const chosen = (rows.data ?? []).filter((token) => selected.has(token.id) && !hasEnded(token))
  const clear = (): void => setQuery({ q: undefined, state: undefined })
  const onSearch = useCallback((text: string) => setQuery({ q: text }), [setQuery])
  const filtered = q !== '' || state !== 'live'

  async function revokeChosen(): Promise<void> {
    for (const { id } of chosen) await call('DELETE', `${TOKENS}/${id}`)
    notify(`${plural(chosen.length, 'token')} revoked`)
    setSelected(new Set())
    await refresh(TOKENS)
  }

  return (
    <>
      <PageHead
        title="Tokens"
        about="Credentials that outside systems call your listeners with."
        actions={
          <ButtonLink to="/tokens/new" look="primary">
            Create token
          </ButtonLink>
        }
      />
      {state !== 'ending' && (
        <EndingNote
          tokens={(ending.data?.items ?? []).filter(endsSoon)}
          onShow={() => setQuery({ state: 'ending', q: undefined })}
        />
      )}
      <div className="row">
        <SearchField label="Search tokens" placeholder="Name or first characters" value={q} onChange={onSearch} />
        <FilterButtons
          label="State"
          value={state}
          options={STATES}
          onChange={(next) => {
            setSelected(new Set())
            setQuery({ state: next === 'live' ? undefined : next })
          }}
        />
      </div>
      {chosen.length > 0 && (
        <div className="panel row justify-between px-3 py-2">
          <span>{plural(chosen.length, 'token')} selected</span>
          <Button look="danger" onClick={() => setAsking(true)}>
            Revoke {plural(chosen.length, 'token')}…
          </Button>
        </div>
      )}
      <Table
        label="Tokens"
        rows={rows}
        columns={columns}
        rowId={({ id }) => id}
        selection={{ selected, onChange: setSelected, nameOf: ({ name }) => name }}
        onClearFilters={filtered ? clear : undefined}
        empty={
          <Empty
            actions={
              <>
                <ButtonLink to="/tokens/new" look="primary">
                  Create token
                </ButtonLink>
                <a href="/docs">API reference</a>
              </>
            }
          >
            No tokens yet. A token is what an outside system shows when it calls a listener.
          </Empty>
        }
      />
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title={`Revoke ${plural(chosen.length, 'token')}?`}
        action={chosen.length === 1 ? 'Revoke token' : 'Revoke tokens'}
        {...(chosen.length > 1 ? { typed: String(chosen.length) } : {})}
        onConfirm={revokeChosen}
      >
        <p>Calls with them are refused from the next one on. This cannot be undone.</p>
        <ul className="list-disc pl-5">
          {chosen.map(({ id, name }) => (
            <li key={id} className="break-words">
              {name}
            </li>
          ))}
        </ul>
      </Confirm>
    </>
  )
}

/** The note about tokens that end soon and are still used. */
function EndingNote({ tokens, onShow }: { tokens: readonly Token[]; onShow: () => void }) {
  const [first] = [...tokens].sort((a, b) => (a.expiresAt ?? '').localeCompare(b.expiresAt ?? ''))
  if (!first?.expiresAt) return null
  return (
    <Note action={<Button onClick={onShow}>Show them</Button>}>
      <strong>
        {plural(tokens.length, 'token ends', 'tokens end')} within {ENDING_DAYS} days
      </strong>
      . “{first.name}” ends {relativeTime(first.expiresAt)}
      {first.lastUsedAt ? ` and was used ${relativeTime(first.lastUsedAt)}` : ' and was never used'}.
    </Note>
  )
}
