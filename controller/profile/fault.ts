import type { z } from 'zod'

type Issue = z.core.$ZodIssue

/** One line per fault: the path of the value, and what is wrong with it. */
export function describeFaults(error: z.ZodError): string {
  return error.issues
    .flatMap((issue) => nearest(issue, []))
    .map(({ path, message }) => `  ${path || '(top)'}: ${message}`)
    .join('\n')
}

/**
 * Of a value with several forms, the faults of the one that was meant: the form whose shallowest fault lies deepest, then
 * the one with the fewest.
 * When no form stands out, the fault is that it has none of them.
 */
function nearest(issue: Issue, above: readonly PropertyKey[]): { path: string; message: string }[] {
  const path = [...above, ...issue.path]
  const here = (message: string) => [{ path: path.map(String).join('.'), message }]
  if (issue.code !== 'invalid_union' || issue.errors.length === 0 || issue.message !== 'Invalid input')
    return here(issue.message)
  const forms = issue.errors.map((faults) => ({
    faults,
    depth: Math.min(
      ...faults.map((fault) => (fault.code === 'unrecognized_keys' ? 0 : 1 + fault.path.length)),
    ),
  }))
  const best = forms.toSorted((a, b) => b.depth - a.depth || a.faults.length - b.faults.length)
  const [first, second] = best
  if (
    first === undefined ||
    (second && second.depth === first.depth && second.faults.length === first.faults.length)
  )
    return here(
      `must have one of these forms: ${issue.errors.map((faults) => formOf(faults, issue.errors)).join(' | ')}`,
    )
  return first.faults.flatMap((fault) => nearest(fault, path))
}

/** The keys that tell this form from the others: what it lacks, or alone knows of what is there. */
function formOf(faults: readonly Issue[], forms: readonly (readonly Issue[])[]): string {
  const own = unknownKeys(faults)
  const known = forms.flatMap(unknownKeys).filter((key) => !own.includes(key))
  const lacking = faults.filter(({ code }) => code !== 'unrecognized_keys').map(({ path }) => path.join('.'))
  return [...new Set([...known, ...lacking])].join(', ')
}

function unknownKeys(faults: readonly Issue[]): string[] {
  return faults.flatMap((fault) => (fault.code === 'unrecognized_keys' ? fault.keys : []))
}
