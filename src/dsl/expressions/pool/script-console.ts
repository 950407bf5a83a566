/** The console of a script, line by line, up to a number of characters. A note marks where the rest is dropped. */
export function createConsole(maxChars: number): {
  stdout: string[]
  stderr: string[]
  print: (stream: string, line: string) => void
} {
  const streams = { stdout: [] as string[], stderr: [] as string[] }
  let left = maxChars
  return {
    ...streams,
    print: (stream, line) => {
      if (left <= 0) return
      left -= line.length + 1
      streams[stream === 'stderr' ? 'stderr' : 'stdout'].push(
        left > 0 ? line : `${line.slice(0, Math.max(0, line.length + left))}… (the console is full)`
      )
    }
  }
}
