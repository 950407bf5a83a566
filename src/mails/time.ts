/** A time as mails say it: `2026-11-28 09:30 UTC`. */
export function mailTime(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
