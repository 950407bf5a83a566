const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdg\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bFirefox\//, 'Firefox'],
  [/\bChrom(e|ium)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
  [/^curl\//, 'curl']
]
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\bAndroid\b/, 'Android'],
  [/\b(iPhone|iPad)\b/, 'iOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bLinux\b/, 'Linux']
]
const SHOWN_CHARS = 40

/** "Firefox on Linux"; for an unknown user agent, its beginning. */
export function deviceOf(userAgent: string | null): string {
  if (!userAgent) return 'unknown'
  const nameIn = (names: typeof BROWSERS): string | undefined => names.find(([test]) => test.test(userAgent))?.[1]
  const browser = nameIn(BROWSERS)
  const system = nameIn(SYSTEMS)
  if (!browser) return userAgent.slice(0, SHOWN_CHARS)
  return system ? `${browser} on ${system}` : browser
}
