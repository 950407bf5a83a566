/** The owner under which a new link is held until the page of accounts has shown it. */
export const ACCOUNT_LINK = 'account-link'

/** The answer that holds a link, once. */
export interface MadeLink {
  link: string
  expiresAt: string
}
