import type { Listener, Page, Token } from '../../api/types.ts'
import { useRead } from '../../api/use-api.ts'
import { ButtonLink } from '../../ui/Button.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { Facts } from '../../ui/Facts.tsx'
import { Link } from '../../ui/Link.tsx'
import { Note } from '../../ui/Note.tsx'
import { Section } from '../../ui/Section.tsx'
import { Table } from '../../ui/Table.tsx'
import { Time } from '../../ui/Time.tsx'
import { CARRIER_WORDS, PRINCIPAL_WORDS } from '../../words/listeners.ts'
import { inScope } from '../tokens/listeners.ts'
import { Ends, hasEnded } from '../tokens/token-state.tsx'

/** The callers that the listener accepts, and the reader's own tokens that may call it. */
export function WhoMayCall({ listener }: { listener: Listener }) {
  const { carriers, principals, customers = [], anonymous } = listener.auth
  const tokens = useRead<Page<Token>>('/v1/tokens', { query: { limit: 200, state: 'live' } })
  const own = tokens.data?.items.filter(
    (token) => !hasEnded(token) && token.enabled && !token.permissions && inScope(token.scope, listener)
  )
  const takesTokens = principals === undefined || principals.includes('token')
  return (
    <div className="stack">
      {anonymous && <Note>Anyone who knows the URL may call it, without a credential.</Note>}
      <Section title="It answers">
        <Facts
          facts={[
            [
              'Callers',
              (principals ?? Object.keys(PRINCIPAL_WORDS)).map((kind) => PRINCIPAL_WORDS[kind] ?? kind).join(', ')
            ],
            [
              'Credential in',
              (carriers ?? Object.keys(CARRIER_WORDS)).map((each) => CARRIER_WORDS[each] ?? each).join(', ')
            ],
            ['Customers', customers.length === 0 ? 'all of the workspace' : customers.join(', ')],
            ['Addresses', listener.allowedIps.join(', ') || 'any']
          ]}
        />
      </Section>
      <Section title="Your tokens" panel={false}>
        {takesTokens ? (
          <Table
            label="Your tokens"
            rows={{ ...tokens, data: own }}
            rowId={({ id }) => id}
            columns={[
              { label: 'Name', cell: ({ id, name }) => <Link to={`/tokens/${id}`}>{name}</Link> },
              { label: 'Starts with', cell: ({ start }) => <code>{start}…</code> },
              {
                label: 'Last used',
                cell: ({ lastUsedAt }) =>
                  lastUsedAt ? <Time at={lastUsedAt} /> : <span className="dim">never used</span>
              },
              { label: 'Ends', cell: (token) => <Ends token={token} /> }
            ]}
            empty={
              <Empty
                actions={
                  <ButtonLink to="/tokens/new" look="primary">
                    Create token
                  </ButtonLink>
                }
              >
                None of your tokens may call it.
              </Empty>
            }
          />
        ) : (
          <p className="dim">It does not take API tokens.</p>
        )}
      </Section>
    </div>
  )
}
