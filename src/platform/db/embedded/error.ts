/** The embedded database cannot be used. The message says which folder or server, and what to do. */
export class EmbeddedError extends Error {
  override readonly name = 'EmbeddedError'
}

/** Another process uses the folder. */
export class EmbeddedInUse extends EmbeddedError {}
