/** Whether a text names a time zone that this process knows: an IANA name such as `Europe/Berlin`, or an offset. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
