/** What came of a test suite. */
export interface TestCount {
  passed: number
  failed: number
}

/** Counts the result lines of a TAP stream (testanything.org, version 13) and collects the failed ones with their diagnostics. */
export function countTap(tap: string): TestCount & { failures: string } {
  const count = { passed: 0, failed: 0 }
  const failures: string[] = []
  let inFailure = false
  for (const line of tap.split('\n')) {
    const result = /^(not )?ok \d+/.exec(line)
    if (result) {
      inFailure = result[1] !== undefined && !/# (SKIP|TODO)/i.test(line)
      if (inFailure) count.failed++
      else if (!/# (SKIP|TODO)/i.test(line)) count.passed++
    } else if (/^(# (?!$)|1\.\.)/.test(line)) inFailure = false
    if (inFailure) failures.push(line)
  }
  return { ...count, failures: failures.join('\n') }
}
