import { ButtonLink } from './Button.tsx'
import { PageHead } from './PageHead.tsx'

/** What is not there, and what may not be seen, look alike: the API does not tell them apart either. */
export function NotFound() {
  return (
    <div className="stack">
      <PageHead title="Not found" />
      <p>It is not there, or you may not see it.</p>
      <div>
        <ButtonLink to="/">Go to Home</ButtonLink>
      </div>
    </div>
  )
}
