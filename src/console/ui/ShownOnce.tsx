import { useBlocker, useRouter } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { dropSecret, markSafe, type HeldSecret } from '../lib/held-secret.ts'
import { amountOf } from '../lib/time.ts'
import { useTick } from '../lib/use-tick.ts'
import { Button } from './Button.tsx'
import { Check } from './Check.tsx'
import { Confirm } from './Confirm.tsx'
import { Secret } from './Secret.tsx'
import { Section } from './Section.tsx'

/** The shortest remaining time that the text names. */
const SHOWN_SECONDS_MIN = 60

export interface ShownOnceProps {
  held: HeldSecret
  /** The word for it: "token", "secret". */
  what: string
  /** Why it cannot be shown again. */
  why: string
  /** What to do if it is lost: "rotate". */
  remedy: string
}

/** A new secret, shown once and within the page. It cannot be closed by accident, and leaving the page asks first. */
export function ShownOnce({ held, what, why, remedy }: ShownOnceProps) {
  const [stored, setStored] = useState(false)
  const [asking, setAsking] = useState(false)
  const router = useRouter()
  const here = location.pathname
  useTick(30)
  useEffect(() => router.subscribe('onResolved', () => location.pathname !== here && dropSecret()), [router, here])
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => !held.safe && current.pathname !== next.pathname,
    enableBeforeUnload: () => !held.safe,
    withResolver: true
  })
  const name = what.charAt(0).toUpperCase() + what.slice(1)
  return (
    <Section title={`Copy your ${what} now`}>
      <p className="dim">
        This page shows it once, for {amountOf(Math.max(SHOWN_SECONDS_MIN, (held.until - Date.now()) / 1000))}. {why} If
        you lose it, {remedy}.
      </p>
      <Secret
        label={name}
        value={held.value}
        copy={`Copy ${what}`}
        done={`${name} copied`}
        onCopied={() => markSafe(true)}
      />
      <div className="row justify-between">
        <Check
          label="I have stored it"
          checked={stored}
          onChange={(checked) => {
            setStored(checked)
            markSafe(checked)
          }}
        />
        <Button onClick={() => (held.safe ? dropSecret() : setAsking(true))}>Done</Button>
      </div>
      <Confirm
        open={asking || blocker.status === 'blocked'}
        onClose={() => {
          setAsking(false)
          blocker.reset?.()
        }}
        title={`Leave without storing the ${what}?`}
        cancel="Stay"
        action="Leave"
        onConfirm={() => {
          dropSecret()
          blocker.proceed?.()
        }}
      >
        It cannot be shown again. You would have to {remedy}.
      </Confirm>
    </Section>
  )
}
