import { useState } from 'react'
import { useAbout } from '../../api/about.ts'
import { ApiProblem } from '../../api/problem.ts'
import { useUncached } from '../../api/use-uncached.ts'
import { OpenFrame } from '../../frame/OpenFrame.tsx'
import { useParam } from '../../lib/navigation.ts'
import { PASSWORD_MIN } from '../../lib/new-password.ts'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Link } from '../../ui/Link.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { AcceptInvitation } from './AcceptInvitation.tsx'
import { type AccountLink, mailCodeOf } from './account-link.ts'
import { ConfirmEmail } from './ConfirmEmail.tsx'
import { SetPassword } from './SetPassword.tsx'

/** The page of a link from an admin, an owner or a mail. Opening it does not use the link. */
export default function LinkPage() {
  const path = `/v1/links/${encodeURIComponent(useParam('code'))}`
  const { data: link, error, refetch } = useUncached<AccountLink>(path)
  const [mail] = useState(() => mailCodeOf(location.hash))
  const passwordMin = useAbout().data?.passwordMin ?? PASSWORD_MIN
  return (
    <OpenFrame>
      {link ? (
        link.purpose === 'invitation' ? (
          <AcceptInvitation path={path} link={link} mail={mail} passwordMin={passwordMin} />
        ) : link.purpose === 'verify' ? (
          <ConfirmEmail path={path} email={link.email} />
        ) : (
          <SetPassword path={path} link={link} mail={mail} passwordMin={passwordMin} />
        )
      ) : error instanceof ApiProblem && error.status === 404 ? (
        <Ended />
      ) : error !== undefined ? (
        <>
          <PageHead title="This link could not be opened" />
          <ErrorNote error={error} onRetry={refetch} />
        </>
      ) : (
        <Skeleton />
      )}
    </OpenFrame>
  )
}

function Ended() {
  return (
    <>
      <PageHead title="This link works no more" />
      <p>It was used, withdrawn, replaced by a newer one, or its time is over. Ask whoever sent it for another.</p>
      <p>
        <Link to="/sign-in">Sign in</Link>
      </p>
    </>
  )
}
