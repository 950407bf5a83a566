import { useState } from 'react'
import { call } from '../../api/call.ts'
import { refresh, useRead } from '../../api/use-api.ts'
import { useAction } from '../../api/use-action.ts'
import { plural } from '../../lib/plural.ts'
import { Button } from '../../ui/Button.tsx'
import { Confirm } from '../../ui/Confirm.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Note } from '../../ui/Note.tsx'
import { notify } from '../../ui/notify.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { Section } from '../../ui/Section.tsx'
import { Table } from '../../ui/Table.tsx'
import { Tag } from '../../ui/Tag.tsx'

interface PublicKey {
  kid: string
  alg?: string
  crv?: string
}

interface Reencrypted {
  keyId: string
  resealed: number
  unreadable: number
  done: boolean
}

const JWKS = '/.well-known/jwks.json'

/** The keys that sign JWTs, and those that encrypt secrets. */
export default function Keys() {
  return (
    <>
      <PageHead
        title="Keys"
        parent={{ to: '/admin/accounts', label: 'Accounts' }}
        about="What signs JWTs, and what seals secrets in the database."
      />
      <SigningKeys />
      <SealingKey />
    </>
  )
}

function SigningKeys() {
  const jwks = useRead<{ keys: PublicKey[] }>(JWKS)
  const [asking, setAsking] = useState(false)
  const keys = jwks.data?.keys
  return (
    <Section title="Signing keys" beside={<Button onClick={() => setAsking(true)}>Rotate signing key…</Button>}>
      <p className="dim">
        Others verify JWTs with these public keys, at <a href={JWKS}>{JWKS}</a>. The newest signs; those before it stay
        until nothing that they signed is valid.
      </p>
      <Table
        label="Signing keys"
        rows={{ ...jwks, data: keys }}
        rowId={({ kid }) => kid}
        empty={<Empty>No key yet. The first JWT makes one.</Empty>}
        columns={[
          { label: 'Key id', cell: ({ kid }) => <code>{kid}</code> },
          { label: 'Algorithm', cell: ({ alg, crv }) => [alg, crv].filter(Boolean).join(', ') },
          {
            label: 'State',
            cell: ({ kid }) => (kid === keys?.[0]?.kid ? <Tag tone="ok">signs</Tag> : <Tag>verifies only</Tag>)
          }
        ]}
      />
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title="Rotate the signing key?"
        action="Rotate signing key"
        danger={false}
        onConfirm={async () => {
          await call('POST', '/v1/admin/signing-keys/rotate')
          notify('Signing key rotated')
          await refresh(JWKS)
        }}
      >
        <p>New JWTs are signed with a new key from now on. JWTs that exist go on working.</p>
        <p>Who verifies them with a stored copy of the keys has to fetch them again.</p>
      </Confirm>
    </Section>
  )
}

function SealingKey() {
  const [result, setResult] = useState<Reencrypted>()
  const reseal = useAction(async () => {
    let total = 0
    // One call works for some seconds, so it is repeated until nothing is left.
    for (;;) {
      const part = await call<Reencrypted>('POST', '/v1/admin/keys/reseal')
      total += part.resealed
      setResult({ ...part, resealed: total })
      if (part.done) return
    }
  })
  return (
    <Section title="Sealing key">
      <p className="dim">
        Secrets are sealed with the first key of SLUICE_KEYS. After every process has a new one first, seal them all
        with it; then the old key can go.
      </p>
      {reseal.error !== undefined && <ErrorNote error={reseal.error} />}
      {result && (
        <Note tone={result.unreadable > 0 ? 'bad' : 'accent'}>
          <span role="status">
            {plural(result.resealed, 'secret')} sealed again with key <code>{result.keyId}</code>
            {result.done ? '.' : ' so far.'}
            {result.unreadable > 0 && ` ${plural(result.unreadable, 'secret')} cannot be opened: the log names them.`}
          </span>
        </Note>
      )}
      <div>
        <Button pending={reseal.pending} onClick={() => void reseal.run()}>
          Seal again
        </Button>
      </div>
    </Section>
  )
}
