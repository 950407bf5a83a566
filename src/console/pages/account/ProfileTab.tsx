import { call } from '../../api/call.ts'
import type { Account, TotpState } from '../../api/types.ts'
import { useAction } from '../../api/use-action.ts'
import { refresh, useRead } from '../../api/use-api.ts'
import { useAccount } from '../../frame/session.tsx'
import { Button, ButtonLink } from '../../ui/Button.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Facts } from '../../ui/Facts.tsx'
import { Id } from '../../ui/Id.tsx'
import { notify } from '../../ui/notify.tsx'
import { Section } from '../../ui/Section.tsx'
import { SubmitRow } from '../../ui/SubmitRow.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { TextField } from '../../ui/TextField.tsx'
import { Time } from '../../ui/Time.tsx'
import { useForm } from '../../ui/useForm.ts'

const NAME_MAX = 100

/** The name, and the facts of the account. */
export function ProfileTab() {
  const account = useAccount()
  const totp = useRead<TotpState>('/v1/account/totp')
  const form = useForm({
    first: { name: account.name, phoneNumber: account.phoneNumber ?? '' },
    check: ({ name, phoneNumber }) => ({
      ...(name.trim() === '' ? { name: 'Enter a name.' } : {}),
      ...(name.trim().length > NAME_MAX ? { name: `At most ${NAME_MAX} characters.` } : {}),
      ...(/^(\+?[0-9 ().-]{3,32})?$/.test(phoneNumber.trim())
        ? {}
        : { phoneNumber: 'Enter digits, such as +49 30 1234.' })
    }),
    async send({ name, phoneNumber }) {
      await call('PATCH', '/v1/account', { body: { name: name.trim(), phoneNumber: phoneNumber.trim() || null } })
      notify('Profile saved')
      await refresh('/v1/account')
    }
  })
  return (
    <div className="stack max-w-[640px]">
      <form {...form.form} className="panel stack p-4">
        {form.error !== undefined && <ErrorNote error={form.error} />}
        <TextField label="Name" autoComplete="name" {...form.field('name')} />
        <TextField
          label="Phone number"
          optional
          type="tel"
          autoComplete="tel"
          hint="Services that you use through an action can read it."
          {...form.field('phoneNumber')}
        />
        <SubmitRow pending={form.pending}>Save profile</SubmitRow>
      </form>
      <div className="panel p-4">
        <Facts
          facts={[
            ['E-mail', <Email key="email" account={account} />],
            ['Role', account.role],
            ['Created', <Time key="created" at={account.createdAt} />],
            ['Id', <Id key="id" id={account.id} />]
          ]}
        />
      </div>
      {totp.data && !totp.data.enabled && (
        <Section title="Sign in safer">
          <p className="dim">With a second factor, a stolen password alone does not sign in.</p>
          <div>
            <ButtonLink to="/account" search={{ tab: 'second-factor' }}>
              Set up a second factor
            </ButtonLink>
          </div>
        </Section>
      )}
    </div>
  )
}

/** The e-mail, and a link to confirm it. */
function Email({ account: { email, emailVerified } }: { account: Account }) {
  const send = useAction(async () => {
    await call('POST', '/v1/account/email-verification')
    notify(`A link was mailed to ${email}`)
  })
  if (emailVerified)
    return (
      <span className="row">
        {email} <Tag>confirmed</Tag>
      </span>
    )
  return (
    <div className="stack">
      <span className="row">
        {email} <Tag>not confirmed</Tag>
        <Button pending={send.pending} onClick={() => void send.run()}>
          Mail a link
        </Button>
      </span>
      {send.error !== undefined && <ErrorNote error={send.error} />}
    </div>
  )
}
