import { useBlocker } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../../api/call.ts'
import type { TotpEnrolment, TotpState } from '../../api/types.ts'
import { useRead } from '../../api/use-api.ts'
import { Confirm } from '../../ui/Confirm.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { PasswordField } from '../../ui/PasswordField.tsx'
import { Section } from '../../ui/Section.tsx'
import { SubmitRow } from '../../ui/SubmitRow.tsx'
import { useForm } from '../../ui/useForm.ts'
import { Enrolment } from './Enrolment.tsx'
import { RecoveryCodes } from './RecoveryCodes.tsx'
import { SecondFactorOn } from './SecondFactorOn.tsx'

/**
 * The second factor: off, being set up, or on. Codes that are shown once are kept only in this tab, and dropped with
 * it.
 */
export function SecondFactorTab() {
  const state = useRead<TotpState>('/v1/account/totp')
  const [enrolment, setEnrolment] = useState<TotpEnrolment>()
  const [stored, setStored] = useState(false)
  const codesAreOpen = enrolment !== undefined && !stored
  return (
    <div className="stack max-w-[760px]">
      <AskBeforeLeaving open={codesAreOpen} on={state.data?.enabled ?? false} />
      <Loaded query={state}>
        {(totp) => {
          if (totp.enabled)
            return (
              <>
                {codesAreOpen && (
                  <RecoveryCodes
                    title="Store the recovery codes"
                    codes={enrolment.recoveryCodes}
                    stored={stored}
                    onStored={setStored}
                  />
                )}
                <SecondFactorOn state={totp} />
              </>
            )
          if (!enrolment)
            return (
              <SetUp
                onEnrolled={(made) => {
                  setStored(false)
                  setEnrolment(made)
                }}
              />
            )
          return (
            <Enrolment
              enrolment={enrolment}
              stored={stored}
              onStored={setStored}
              onCancel={() => setEnrolment(undefined)}
            />
          )
        }}
      </Loaded>
    </div>
  )
}

/** Asks before the page is left while codes are shown that cannot be shown again. */
function AskBeforeLeaving({ open, on }: { open: boolean; on: boolean }) {
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) =>
      open && (current.pathname !== next.pathname || tabOf(current.search) !== tabOf(next.search)),
    enableBeforeUnload: () => open,
    withResolver: true
  })
  return (
    <Confirm
      open={blocker.status === 'blocked'}
      onClose={() => blocker.reset?.()}
      title="Leave without storing the codes?"
      cancel="Stay"
      action="Leave"
      onConfirm={() => blocker.proceed?.()}
    >
      {on
        ? 'They cannot be shown again. Without them and without your phone you cannot sign in.'
        : 'The second factor stays off, and the codes on this page are void.'}
    </Confirm>
  )
}

function tabOf(search: unknown): unknown {
  return (search as { tab?: unknown }).tab
}

function SetUp({ onEnrolled }: { onEnrolled: (enrolment: TotpEnrolment) => void }) {
  const form = useForm({
    first: { password: '' },
    check: ({ password }) => (password === '' ? { password: 'Enter your password.' } : {}),
    async send({ password }) {
      onEnrolled(await call<TotpEnrolment>('POST', '/v1/account/totp', { body: { password } }))
    },
    refusal: ({ code }) => (code === 'password_incorrect' ? { password: 'This is not your password.' } : undefined)
  })
  return (
    <Section title="Second factor is off">
      <p>
        An authenticator app on your phone shows a new code every 30 seconds. Signing in then takes that code as well.
      </p>
      <p className="dim">
        From then on your password alone no longer works with Basic, neither for calls of the API nor for listeners.
        Tokens go on working.
      </p>
      <form {...form.form} className="stack">
        {form.error !== undefined && <ErrorNote error={form.error} />}
        <PasswordField label="Your password" autoComplete="current-password" {...form.field('password')} />
        <SubmitRow pending={form.pending}>Set up a second factor</SubmitRow>
      </form>
    </Section>
  )
}
