import { ButtonLink } from './Button.tsx'
import { PageHead } from './PageHead.tsx'

/** The page for a missing or invisible resource. The API does not distinguish them either. */
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
