import { useBlocker, useRouter } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { amountOf } from '../../lib/time.ts'
import { useTick } from '../../lib/use-tick.ts'
import { Button } from '../../ui/Button.tsx'
import { Check } from '../../ui/Check.tsx'
import { Confirm } from '../../ui/Confirm.tsx'
import { Secret } from '../../ui/Secret.tsx'
import { Section } from '../../ui/Section.tsx'
import { dropToken, markSafe, type HeldToken } from './held-token.ts'

/** A new token, shown once and in the page: it cannot be clicked away, and leaving asks. */
export function ShownOnce({ held }: { held: HeldToken }) {
  const [stored, setStored] = useState(false)
  const [asking, setAsking] = useState(false)
  const router = useRouter()
  const here = location.pathname
  useTick(30)
  useEffect(() => router.subscribe('onResolved', () => location.pathname !== here && dropToken()), [router, here])
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => !held.safe && current.pathname !== next.pathname,
    enableBeforeUnload: () => !held.safe,
    withResolver: true
  })
  return (
    <Section title="Copy your token now">
      <p className="dim">
        This page shows it once, for {amountOf(Math.max(60, (held.until - Date.now()) / 1000))}. Only a hash of it is
        kept, so nobody can show it again. If you lose it, rotate.
      </p>
      <Secret label="Token" value={held.token} copy="Copy token" done="Token copied" onCopied={() => markSafe(true)} />
      <div className="row justify-between">
        <Check
          label="I have stored it"
          checked={stored}
          onChange={(checked) => {
            setStored(checked)
            markSafe(checked)
          }}
        />
        <Button onClick={() => (held.safe ? dropToken() : setAsking(true))}>Done</Button>
      </div>
      <Confirm
        open={asking || blocker.status === 'blocked'}
        onClose={() => {
          setAsking(false)
          blocker.reset?.()
        }}
        title="Leave without storing the token?"
        cancel="Stay"
        action="Leave"
        onConfirm={() => {
          dropToken()
          blocker.proceed?.()
        }}
      >
        It cannot be shown again. You would have to rotate.
      </Confirm>
    </Section>
  )
}
