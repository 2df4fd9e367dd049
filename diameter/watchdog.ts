/**
 * The watchdog of RFC 3539, section 3.4.1, as a table. Where we deviate:
 * - opening a connection is the business of `redial.ts`, so INITIAL and DOWN have no timer;
 * - in REOPEN what the peer sends is processed and not thrown away: the peer may know nothing of our doubts and would lose its
 *   requests. We send it some where no other peer leads to their destination: an agent's only server, killed and started again, would
 *   else be out of reach for a minute and more;
 * - after a DPR (`closed in order`) the peer is as new: INITIAL.
 */
export const watchdogStatuses = ['INITIAL', 'OKAY', 'SUSPECT', 'DOWN', 'REOPEN'] as const
export type WatchdogStatus = (typeof watchdogStatuses)[number]

export interface WatchdogState {
  status: WatchdogStatus
  /** A DWR waits for its answer. */
  pending: boolean
  /** DWAs received in REOPEN; -1 after one was missed. */
  numDwa: number
}

export const watchdogEvents = [
  'connection up',
  'connection down',
  'closed in order',
  'received DWA',
  'received other',
  'Tw',
] as const
export type WatchdogEvent = (typeof watchdogEvents)[number]

export type WatchdogAction = 'send DWR' | 'set Tw' | 'cancel Tw' | 'close' | 'failover' | 'failback'

export interface WatchdogStep {
  next: WatchdogState
  actions: readonly WatchdogAction[]
}

export const initialWatchdog: WatchdogState = { status: 'INITIAL', pending: false, numDwa: 0 }

export function step(state: WatchdogState, event: WatchdogEvent): WatchdogStep {
  if (event === 'closed in order') return { next: initialWatchdog, actions: ['cancel Tw'] }
  const go = (change: Partial<WatchdogState>, ...actions: WatchdogAction[]): WatchdogStep => ({
    next: { ...state, ...change },
    actions,
  })
  const answered = event === 'received DWA' ? { pending: false } : {}
  switch (state.status) {
    case 'INITIAL':
      return event === 'connection up' ? go({ status: 'OKAY', pending: false }, 'set Tw', 'failback') : go({})
    case 'OKAY':
      if (event === 'connection down') return go({ status: 'DOWN', pending: false }, 'cancel Tw', 'failover')
      if (event === 'connection up') return go({})
      if (event !== 'Tw') return go(answered, 'set Tw')
      if (state.pending) return go({ status: 'SUSPECT' }, 'failover', 'set Tw')
      return go({ pending: true }, 'send DWR', 'set Tw')
    case 'SUSPECT':
      if (event === 'connection down') return go({ status: 'DOWN', pending: false }, 'cancel Tw')
      if (event === 'connection up') return go({})
      if (event === 'Tw') return go({ status: 'DOWN', pending: false }, 'close')
      return go({ ...answered, status: 'OKAY' }, 'failback', 'set Tw')
    case 'DOWN':
      if (event !== 'connection up') return go({})
      return go({ status: 'REOPEN', pending: true, numDwa: 0 }, 'send DWR', 'set Tw')
    case 'REOPEN':
      return stepReopen(state, event)
  }
}

function stepReopen(state: WatchdogState, event: WatchdogEvent): WatchdogStep {
  switch (event) {
    case 'connection down':
      return { next: { ...state, status: 'DOWN', pending: false }, actions: ['cancel Tw'] }
    case 'received DWA':
      if (state.numDwa === 2)
        return { next: { status: 'OKAY', pending: false, numDwa: 0 }, actions: ['set Tw', 'failback'] }
      return { next: { ...state, pending: false, numDwa: state.numDwa + 1 }, actions: [] } // the next DWR waits for Tw
    case 'Tw':
      if (!state.pending) return { next: { ...state, pending: true }, actions: ['send DWR', 'set Tw'] }
      if (state.numDwa >= 0) return { next: { ...state, numDwa: -1 }, actions: ['set Tw'] }
      return { next: { ...state, status: 'DOWN', pending: false }, actions: ['close'] }
    case 'received other':
    case 'connection up':
    case 'closed in order':
      return { next: state, actions: [] }
  }
}
