import { useRouter } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { signInOnce } from '../../api/sign-in.ts'
import { OpenFrame } from '../../frame/OpenFrame.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { hrefOf, Link } from '../../ui/Link.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'

/** Signs in with the code that the first start of the gateway printed, behind the `#` of its link. */
export default function Welcome() {
  const router = useRouter()
  const [error, setError] = useState<unknown>()
  const begun = useRef(false)
  useEffect(() => {
    if (begun.current) return
    begun.current = true
    const code = location.hash.slice(1)
    // The code leaves the address and the history of the browser before it is used.
    router.history.replace(hrefOf(code === '' ? '/sign-in' : '/welcome'))
    if (code === '') return
    void signInOnce(code).then(
      () => router.history.replace(hrefOf('/')),
      (refusal: unknown) => setError(refusal)
    )
  }, [router])
  return (
    <OpenFrame>
      <PageHead title="Welcome to Sluice" />
      {error === undefined ? <Skeleton lines={2} /> : <ErrorNote error={error} />}
      <p>
        <Link to="/sign-in">Sign in with your password</Link>
      </p>
    </OpenFrame>
  )
}
