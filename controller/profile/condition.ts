import type { ControlCondition } from './condition-schema.ts'

/** What the conditions are judged by: everything known of the subscriber at one moment. */
export interface Facts {
  /** Since the session began, across all foreign agents; absent without a session. */
  session: { downlinkBytes: number } | undefined
}

export interface Verdict {
  /** Name of the profile that applies while the condition holds. */
  become: string
  /** For a person: which condition is met, and by what. */
  reason: string
}

/**
 * The first condition that holds, in the order of the profile. The same conditions and facts always give the
 * same verdict.
 */
export function evaluate(conditions: readonly ControlCondition[], facts: Facts): Verdict | undefined {
  for (const { when, become } of conditions) {
    const reason = holds(when, facts)
    if (reason !== undefined) return { become, reason }
  }
  return undefined
}

function holds(when: ControlCondition['when'], facts: Facts): string | undefined {
  switch (when.kind) {
    case 'volume':
      if (facts.session === undefined || facts.session.downlinkBytes <= when.exceedsBytes) return undefined
      return `more than ${when.exceedsBytes} bytes of ${when.direction} in this ${when.per}`
  }
}
